"""What it takes to open a live desk: three consents, and the account that the broker itself reports."""
