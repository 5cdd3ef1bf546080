"""What every table can do beside being drawn: values behind its cells, filters, orders, choices of columns. Pure."""
