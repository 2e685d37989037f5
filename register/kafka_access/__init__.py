"""Who may do what on Kafka: certificates, users with passwords, and the rights of each.

Start with `rights.csv`; `access.py` is how every client of this program proves who it is.
"""
