"""The nightly batch: inbox, ledger, workers, run."""
