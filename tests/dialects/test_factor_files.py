"""Factor files as Kenneth French's library and AQR publish them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

FACTORS = es.load_prices("bundled").factors
PREAMBLE = (
    "This file was created by CMPT_ME_BEME_RETS_DAILY using the 202506 CRSP database.\n"
    "The Tbill return is the simple daily rate that, over the number of trading days\n\n"
)
YEARS = (
    "\n  Annual Factors: January-December \n,Mkt-RF,SMB,HML,RF\n  2023,  21.7,  -4.9, -13.7, 4.95\n"
)
COPYRIGHT = "\nCopyright 2025 Eugene F. Fama and Kenneth R. French\n"


def french(absent=(), names=",Mkt-RF,SMB,HML,RF") -> str:
    lines = [names]
    for at, (day, row) in enumerate(FACTORS.iterrows()):
        smb = -99.99 if at in absent else 100 * row["smb_ff3"]
        figures = (100 * row["mkt_rf"], smb, 100 * row["hml"], 100 * row["rf"])
        lines.append(f"{day:%Y%m%d}," + ",".join(f"{each:8.2f}" for each in figures))
    return "\n".join(lines) + "\n"


def read(folder, text) -> tuple[pd.DataFrame, str]:
    (folder / "f.csv").write_text(text)
    factors = es.load_factors(folder / "f.csv")
    return factors, " ".join(factors.attrs["notes"])


@pytest.mark.parametrize("before", ["", PREAMBLE])
@pytest.mark.parametrize("after", ["", COPYRIGHT, YEARS, YEARS + COPYRIGHT])
def test_a_file_of_the_library_as_it_is_downloaded(tmp_path, before, after):
    factors, notes = read(tmp_path, before + french() + after)
    assert list(factors.columns) == ["mkt_rf", "smb_ff3", "hml", "rf"]
    assert len(factors) == len(FACTORS)
    np.testing.assert_allclose(factors["hml"], FACTORS["hml"], atol=5.1e-5)
    assert "per cent divided by 100" in notes
    assert ("a table by years" in notes) == ("Annual" in after)


def test_codes_of_missing_figures_before_and_after_division(tmp_path):
    factors, notes = read(tmp_path, french(absent=(300, 301)))
    assert np.flatnonzero(factors["smb_ff3"].isna()).tolist() == [300, 301]
    assert "2 days" in notes
    divided = FACTORS[["mkt_rf", "smb_ff3"]].copy()
    divided.iloc[300:302, 1] = -0.9999
    factors, notes = read(tmp_path, divided.to_csv())
    assert np.flatnonzero(factors["smb_ff3"].isna()).tolist() == [300, 301]
    assert "−0.9999" in notes


def test_a_few_days_below_the_librarys_own_words_are_per_cent(tmp_path):
    text = f"{PREAMBLE},Mkt-RF,SMB,HML,RF\n20250127,   -1.51,    0.30,    1.10,   0.017\n"
    factors, _ = read(tmp_path, text)
    assert factors.iloc[0].tolist() == pytest.approx([-0.0151, 0.003, 0.011, 0.00017])


def test_own_decimals_under_the_librarys_names_stay(tmp_path):
    own = FACTORS[["mkt_rf", "smb"]].set_axis(["Mkt-RF", "SMB"], axis="columns")
    factors, notes = read(tmp_path, own.to_csv())
    pd.testing.assert_series_equal(factors["smb"], FACTORS["smb"], check_freq=False, rtol=1e-12)
    assert notes == ""


def test_months_are_refused(tmp_path):
    (tmp_path / "f.csv").write_text(
        PREAMBLE + ",Mkt-RF,SMB\n192607,2.96,-2.56\n192608,2.64,-1.17\n"
    )
    with pytest.raises(es.InputError, match="holds monthly factors"):
        es.load_factors(tmp_path / "f.csv")


def test_a_file_of_aqr(tmp_path):
    lines = "".join(f"{day:%m/%d/%Y},{x:.8f},{-x:.8f}\n" for day, x in FACTORS["mom"].items())
    text = f"Betting Against Beta: Equity Factors\nDaily returns\n\nDATE,USA,Global Ex USA\n{lines}"
    factors, _ = read(tmp_path, text)
    assert list(factors.columns) == ["usa", "global ex usa"]
    np.testing.assert_allclose(factors["usa"], FACTORS["mom"], atol=1e-8)
    percent = "".join(f"{day:%m/%d/%Y},{100 * x:.6f}%\n" for day, x in FACTORS["mom"].items())
    factors, _ = read(tmp_path, f"DATE,USA\n{percent}")
    np.testing.assert_allclose(factors["usa"], FACTORS["mom"], atol=1e-8)


def test_a_single_factor_in_per_cent_is_refused(tmp_path):
    names = {"mkt_rf": "Mkt-RF", "smb_ff3": "SMB", "hml": "HML", "rf": "RF"}
    table = FACTORS[list(names)].rename(columns=names)
    table["HML"] *= 100
    with pytest.raises(es.InputError, match=r"hml is in per cent and mkt_rf, smb in decimals"):
        read(tmp_path, table.to_csv())


def test_the_three_factors_of_wrds_are_those_of_the_model(tmp_path):
    names = {"mkt_rf": "mktrf", "smb_ff3": "smb", "hml": "hml", "rf": "rf", "mom": "umd"}
    factors, notes = read(tmp_path, FACTORS[list(names)].rename(columns=names).to_csv())
    assert list(factors.columns) == ["mkt_rf", "smb_ff3", "hml", "rf", "mom"]
    assert "smb_ff3" in notes
    np.testing.assert_allclose(factors["smb_ff3"], FACTORS["smb_ff3"])


def test_industry_portfolios_with_two_tables(tmp_path):
    lines = [f"{day:%Y%m%d},{100 * row.mkt_rf:8.2f},{100 * row.hml:8.2f}" for day, row in FACTORS.iterrows()]  # fmt: skip
    table = ",NoDur,Durbl\n" + "\n".join(lines) + "\n"
    title = "\n  Average {} Weighted Returns -- Daily\n"
    factors, notes = read(tmp_path, PREAMBLE + title.format("Value") + table + title.format("Equal") + table)  # fmt: skip
    assert list(factors.columns) == ["nodur", "durbl"]
    np.testing.assert_allclose(factors["nodur"], FACTORS["mkt_rf"], atol=5.1e-5)
    assert "a second table" in notes
    assert "per cent divided by 100" in notes


def test_factors_with_decimal_commas(tmp_path):
    text = FACTORS[["mkt_rf", "rf"]].to_csv(sep=";", decimal=",")
    factors, _ = read(tmp_path, text)
    np.testing.assert_allclose(factors["mkt_rf"], FACTORS["mkt_rf"], rtol=1e-12)
