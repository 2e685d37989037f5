"""Deliveries of vaccine to regions and units, and the stock that each of them enters."""
