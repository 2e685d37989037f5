"""Every text of logging in and out in Swedish and English; see connectors/outgoing/texts.py."""

# key: (Swedish, English)
LOGIN_TEXTS: dict[str, tuple[str, str]] = {
    "nav": ("Sidor", "Pages"),
    "nav_figures": ("Statistik", "Statistics"),
    "nav_desk": ("Reservnummer och kopplingar", "Reserve numbers and links"),
    "nav_person": ("Registerutdrag", "Extracts"),
    "nav_me": ("Mina uppgifter", "My data"),
    "login": ("Logga in", "Log in"),
    "login_heading": ("Inloggning", "Login"),
    "login_new_window": ("Logga in i en ny flik", "Log in in a new tab"),
    "login_then_reload": (
        "Det du skrev har inte sparats, men finns kvar på den här sidan. Logga in i en ny flik, kom tillbaka hit och "
        "ladda om sidan: då skickas det.",
        "What you wrote has not been saved, but is kept by this page. Log in in a new tab, come back here and reload "
        "the page: then it is sent.",
    ),
    "login_failed": (
        "Inloggningen kunde inte slutföras. Den kan ha avbrutits, tagit för lång tid eller redan använts. Börja om.",
        "The login could not be completed. It may have been cancelled, taken too long, or been used before. Begin "
        "again.",
    ),
    "login_not_for_us": (
        "Inloggningen lyckades, men den ger inte tillgång till vaccinationsregistret. Vänd dig till den som delar ut "
        "behörigheter hos dig.",
        "The login succeeded, but gives no access to the vaccination register. Turn to whoever gives out permissions "
        "where you work.",
    ),
    "login_too_long": (
        "Inloggningen lyckades, men inloggningstjänstens intyg är för stort för en webbläsare. Vänd dig till den som "
        "driver registret.",
        "The login succeeded, but what the login service says of you is too long for a browser. Turn to whoever runs "
        "the register.",
    ),
    "login_silent": (
        "Inloggningstjänsten svarar inte just nu. Försök igen om en stund.",
        "The login service does not answer right now. Try again in a while.",
    ),
    "login_unsafe": (
        "Inloggning kräver en säker anslutning (https). Den som driver registret anger dess adress i "
        "VAXREG_WEB_ADDRESS.",
        "Logging in needs a secure connection (https). Whoever runs the register gives its address in "
        "VAXREG_WEB_ADDRESS.",
    ),
    "login_no_client": (
        "Inloggning är inte inställd i det här registret. Den som driver det anger inloggningstjänsten i "
        "VAXREG_OIDC_ISSUER och VAXREG_OIDC_CLIENT. Program når sidan med en token i huvudet Authorization.",
        "Login is not set up in this register. Whoever runs it names the login service in VAXREG_OIDC_ISSUER and "
        "VAXREG_OIDC_CLIENT. Programs reach the page with a token in the header Authorization.",
    ),
    "not_allowed_heading": ("Du har inte behörighet till detta", "You may not do this"),
    "from_elsewhere": (
        "Formuläret skickades från en annan webbplats och har inte tagits emot. Öppna registrets egen sida och fyll i "
        "det där.",
        "The form was sent from another site and was not taken. Open the register's own page and fill it in there.",
    ),
    "not_allowed_who": (
        "Du är inloggad som {who}. Har du fel roll eller region: vänd dig till den som delar ut behörigheter hos dig, "
        "eller logga ut och logga in som någon annan.",
        "You are logged in as {who}. If your role or region is wrong, turn to whoever gives out permissions where you "
        "work, or log out and log in as somebody else.",
    ),
    "logged_in_as": ("Inloggad: {who}", "Logged in: {who}"),
    "logout": ("Logga ut", "Log out"),
    "logout_heading": ("Utloggning", "Logging out"),
    "logout_sure": (
        "Vill du logga ut ur vaccinationsregistret?",
        "Do you want to log out of the vaccination register?",
    ),
    "logged_out_heading": ("Du är utloggad", "You are logged out"),
    "logged_out": (
        "Stäng webbläsaren om andra använder datorn.",
        "Close the browser if others use this computer.",
    ),
}
