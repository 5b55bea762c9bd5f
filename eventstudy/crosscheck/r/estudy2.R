# A saved study of one date by the package estudy2: abnormal returns day by day, and its tests.
#
#   Rscript estudy2.R RETURNS MODEL OUT
#
# RETURNS: observation, date, rel_day, y, x1 (the benchmark), used.  MODEL: sim, mrkt_adj, mean_adj.
suppressPackageStartupMessages(library(estudy2))
asked <- commandArgs(trailingOnly = TRUE)
returns <- read.csv(asked[1])
returns$date <- as.Date(returns$date)
model <- asked[2]
estimation <- range(returns$date[returns$used == 1])
event <- range(returns$date[returns$event == 1])
one <- split(returns, returns$observation)
as_zoo <- function(part, column) zoo::zoo(part[[column]], order.by = part$date)
rates <- do.call(merge, lapply(one, as_zoo, column = "y"))
if (!is.matrix(rates)) rates <- zoo::zoo(as.matrix(rates), order.by = zoo::index(rates))
asked_for <- list(
  rates = rates, market_model = model,
  estimation_start = estimation[1], estimation_end = estimation[2]
)
if (model != "mean_adj") {
  market <- zoo::zoo(as.matrix(one[[1]]$x1), order.by = one[[1]]$date)
  asked_for <- c(asked_for, list(regressors = market, same_regressor_for_all = TRUE))
}
found <- do.call(apply_market_model, asked_for)

rows <- list()
tell <- function(observation, date, quantity, value) {
  rows[[length(rows) + 1]] <<- data.frame(observation, date, quantity, value)
}
for (k in seq_along(found)) {
  abnormal <- found[[k]]$abnormal
  inside <- zoo::index(abnormal) >= event[1] & zoo::index(abnormal) <= event[2]
  dates <- format(zoo::index(abnormal)[inside])
  tell(names(one)[k], dates, "car", as.numeric(abnormal)[inside])
}
tests <- list(csect_t = t_test)
if (model == "sim") tests <- c(tests, list(patell_z = patell, bmp_t = boehmer))
columns <- c(csect_t = "t_test_stat", patell_z = "pt_stat", bmp_t = "bh_stat")
if (length(found) > 1) {
  for (name in names(tests)) {
    table <- tests[[name]](found, event_start = event[1], event_end = event[2])
    tell("", format(table$date), name, table[[columns[[name]]]])
  }
  tell("", format(table$date), "mean", table$mean)
}
told <- do.call(rbind, rows)
told$value <- format(told$value, digits = 17, trim = TRUE)
write.csv(told, asked[3], row.names = FALSE)
