"""The order ticket: a form that writes a line of the command language, and shows what the desk says of that line."""
