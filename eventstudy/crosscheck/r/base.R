# A saved study by lm() of base R, which repeats AR and CAR with their forecast errors.
#
#   Rscript base.R RETURNS WINDOWS FITTED LEVEL OUT
#
# RETURNS: observation, rel_day, y, x1.., used (1 or 0).  WINDOWS: first, last.
# FITTED: 1 where y is regressed on a constant and the x, 0 where y is the abnormal return.
asked <- commandArgs(trailingOnly = TRUE)
returns <- read.csv(asked[1])
windows <- read.csv(asked[2])
fitted <- asked[3] == "1"
level <- as.numeric(asked[4])
regressors <- grep("^x[0-9]+$", names(returns), value = TRUE)
formula <- reformulate(if (length(regressors)) regressors else "1", response = "y")

rows <- list()
tell <- function(observation, window, quantity, value) {
  rows[[length(rows) + 1]] <<- data.frame(observation, window, quantity, value)
}

for (one in split(returns, returns$observation)) {
  id <- one$observation[1]
  past <- one[one$used == 1, ]
  if (fitted) {
    fit <- lm(formula, data = past)
    s <- summary(fit)$sigma
    df <- fit$df.residual
    x <- model.matrix(delete.response(terms(formula)), data = one)
    ar <- one$y - as.vector(x %*% coef(fit))
    for (k in seq_along(coef(fit))) tell(id, "", paste0("b", k), coef(fit)[[k]])
    tell(id, "", "r_squared", if (length(regressors)) summary(fit)$r.squared else 0)
    covariance <- vcov(fit) / s^2
  } else {
    s <- sd(past$y)
    df <- nrow(past) - 1
    x <- matrix(0, nrow(one), 1)
    ar <- one$y
    covariance <- matrix(0, 1, 1)
  }
  tell(id, "", "s", s)
  tell(id, "", "n_obs", nrow(past))
  tell(id, "", "df", df)
  for (w in seq_len(nrow(windows))) {
    at <- which(one$rel_day >= windows$first[w] & one$rel_day <= windows$last[w])
    days <- windows$last[w] - windows$first[w] + 1
    if (length(at) != days || anyNA(ar[at])) next
    total <- colSums(x[at, , drop = FALSE])
    se <- s * sqrt(days + as.numeric(t(total) %*% covariance %*% total))
    car <- sum(ar[at])
    name <- paste0(windows$first[w], ",", windows$last[w])
    tell(id, name, "car", car)
    tell(id, name, "se", se)
    tell(id, name, "t", car / se)
    tell(id, name, "p_value", 2 * pt(-abs(car / se), df))
    tell(id, name, "ci_low", car - qt((1 + level) / 2, df) * se)
    tell(id, name, "ci_high", car + qt((1 + level) / 2, df) * se)
  }
}
told <- do.call(rbind, rows)
told$value <- format(told$value, digits = 17, trim = TRUE)
write.csv(told, asked[5], row.names = FALSE)
