"""What stands behind a finding: how often each test errs, and what it can see."""
