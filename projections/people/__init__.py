"""Who has which doses: one row per person, residence and dose, as the register now holds them true."""
