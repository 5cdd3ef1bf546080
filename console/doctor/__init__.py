"""What `tradedesk doctor` looks at."""
