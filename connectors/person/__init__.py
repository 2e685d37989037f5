"""What is told about one person to those who may read it: their doses, and the extract of everything."""
