"""The package's tests by module and name, in the order of their list.

Kept apart from the tests, so that the shell can complete a name without loading them.
"""

BUILT_IN = {
    "single_date": ("t", "placebo", "portfolio_t", "portfolio_placebo", "joint_f"),
    "parametric": (
        *("csect_t", "cda_t", "bw80_z", "patell_z", "patell_kp_z"),
        *("bmp_t", "bmp_kp_t", "weighted_kp_t", "skew_t", "jackknife_z"),
    ),
    "signs": ("sign_z", "sign_exact", "gsign_z", "wilcoxon", "wilcoxon_z"),
    "ranks": ("corrado_z", "corrado_zivney_z", "corrado_zivney_sign_z", "cowan_rank_z"),
    "granks": ("grank_t", "grank_z", "grank_overlap_t", "sign_gsar_t"),
    "buy_and_hold": ("bhar_t", "bhar_skew_t", "bhar_hall_t"),
    "resampling": ("bootstrap", "permutation", "shift_placebo", "shift_t"),
    "calendar_time": (
        *("calendar_time", "calendar_time_ar", "calendar_time_sar", "calendar_time_monthly"),
    ),
    "few_clusters": ("ibragimov_muller_t",),
    "donor_placebo": ("donor_placebo",),
}
"""Module under eventstudy.significance → the tests in it."""

TESTS = tuple(name for names in BUILT_IN.values() for name in names)

SIDE_BY_SIDE = ("csect_t", "patell_z", "bmp_t", "bmp_kp_t", "grank_t", "gsign_z")
"""The tests that the literature prints side by side for means over several dates."""

STANDARDISED = "standardised cross-section"
"""`Average.se_from` of a mean over several dates weighted by 1/s.e."""
WEIGHTED_MEAN = "weighted cross-section"
"""The same of a mean with the study's weights."""
SPREAD = "cross-section"
"""The same of a plain mean, by the spread of what it averages."""
