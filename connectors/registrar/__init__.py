"""The registrar's desk: reserve numbers, links between identities and candidates for them, as API and as pages."""
