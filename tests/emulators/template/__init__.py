"""The broker that brokers/template is an adapter for: its books, and a server on a real socket."""
