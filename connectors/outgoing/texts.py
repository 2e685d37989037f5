"""Every text of the pages in Swedish and English.

To add a text, add one line to TEXTS; to add a language, add a column. Nothing on the pages is written elsewhere.
"""

# key: (Swedish, English)
TEXTS: dict[str, tuple[str, str]] = {
    "register": ("Vaccinationsregistret", "Vaccination register"),
    "language": ("Språk", "Language"),
    "series_national": ("{issuers}, nationellt", "{issuers}, national"),
    "series_several": ("flera serier: {issuers}", "several series: {issuers}"),
    "skip": ("Hoppa till innehållet", "Skip to content"),
    "title": ("Vaccinerade mot {disease} i {area}", "Vaccinated against {disease} in {area}"),
    "where": ("Plats", "Place"),
    "nation": ("Sverige", "Sweden"),
    "unknown_region": ("Okänd region", "Region unknown"),
    "unknown_municipality": ("Okänd kommun", "Municipality unknown"),
    "unknown_age": ("Okänd ålder", "Age unknown"),
    "given_to": ("Doser givna till och med {day} (vecka {week})", "Doses given up to {day} (week {week})"),
    "population_of": ("Befolkning {day}", "Population of {day}"),
    "years": ("{ages} år", "{ages}"),
    "and_older": ("{age} år och äldre", "{age} and older"),
    "all_ages": ("Alla åldrar", "All ages"),
    "dose_1": ("Minst 1 dos", "At least 1 dose"),
    "dose_2": ("Minst 2 doser", "At least 2 doses"),
    "doses_given": ("Givna doser", "Doses given"),
    "of_people": ("{persons} av {population} personer", "{persons} of {population} people"),
    "people_only": ("{persons} personer", "{persons} people"),
    "all_doses": ("alla doser, även efter den andra", "all doses, also after the second"),
    "as_known_on": ("Som det var känt", "As known on"),
    "as_known_on_date": ("Som det var känt {day}", "As known on {day}"),
    "choose_day": ("Välj dag", "Choose a day"),
    "slider": ("Visa siffrorna som de var kända den dagen", "Show the figures as they were known on that day"),
    "day_given_in": ("Datum", "Date"),
    "show": ("Visa", "Show"),
    "earliest": ("Första dagen", "First day"),
    "latest": ("Senaste dagen", "Latest day"),
    "updating": ("Hämtar siffrorna …", "Fetching the figures …"),
    "failed": (
        "Siffrorna kunde inte hämtas. De som visas gäller dagen i rubriken.",
        "The figures could not be fetched. Those shown are for the day in the heading.",
    ),
    "announce": (
        "{area}, {day}: minst 1 dos {one}, minst 2 doser {two}.",
        "{area}, {day}: at least 1 dose {one}, at least 2 doses {two}.",
    ),
    "age_choice": ("Ålder", "Age"),
    "by_region": ("Regioner", "Regions"),
    "all_regions": ("Alla regioner", "All regions"),
    "by_municipality": ("Kommuner i {area}", "Municipalities of {area}"),
    "map_name": (
        "Karta över Sveriges 21 regioner: andel med minst {n}",
        "Map of Sweden's 21 regions: share with at least {n}",
    ),
    "n_dose_1": ("1 dos", "1 dose"),
    "n_dose_2": ("2 doser", "2 doses"),
    "skip_map": ("Hoppa över kartan", "Skip the map"),
    "map_shows": ("Kartan visar", "The map shows"),
    "map_hint": ("Välj en region på kartan eller i tabellen.", "Choose a region on the map or in the table."),
    "map_hint_region": ("Välj en annan region på kartan.", "Choose another region on the map."),
    "no_figure": ("ingen uppgift", "no figure"),
    "legend": ("Andel med minst {n}", "Share with at least {n}"),
    "region": ("Region", "Region"),
    "municipality": ("Kommun", "Municipality"),
    "age": ("Ålder", "Age"),
    "week": ("Vecka", "Week"),
    "population": ("Befolkning", "Population"),
    "persons": ("Personer", "People"),
    "share": ("Andel", "Share"),
    "by_week": ("Vecka för vecka", "Week by week"),
    "curve_name": (
        "Diagram: andel av befolkningen i {area} med minst 1 och minst 2 doser, till och med varje vecka",
        "Chart: share of the population of {area} with at least 1 and at least 2 doses, up to each week",
    ),
    "curve_name_persons": (
        "Diagram: personer i {area} med minst 1 och minst 2 doser, till och med varje vecka",
        "Chart: people in {area} with at least 1 and at least 2 doses, up to each week",
    ),
    "curve_lead": (
        "Till och med varje vecka, efter den vecka då dosen gavs.",
        "Up to each week, by the week in which the dose was given.",
    ),
    "curve_table": ("Samma siffror som tabell", "The same figures as a table"),
    "by_age": ("Efter ålder", "By age"),
    "about": ("Om siffrorna", "About the figures"),
    "definition": ("Definition", "Definition"),
    "notes": ("Att tänka på", "Please note"),
    "def_persons": (
        "Personer som har fått minst så många doser mot {disease} som rubriken säger, givna till och med {given_to}, "
        "så som registret kände till dem {known_on}.",
        "People who have had at least as many doses against {disease} as the heading says, given up to {given_to}, "
        "as the register knew of them on {known_on}.",
    ),
    "def_weeks": (
        "Doser räknas vecka för vecka: en vecka är med från och med dess söndag.",
        "Doses are counted week by week: a week is included from its Sunday on.",
    ),
    "def_age": ("Ålder är den ålder som uppnås under {year}.", "Age is the age reached during {year}."),
    "def_place": (
        "Plats är där personen var folkbokförd den dag dosen gavs.",
        "Place is where the person was registered as living on the day of the dose.",
    ),
    "def_duplicates": (
        "En dos som misstänks vara en annan dos en gång till räknas inte.",
        "A dose that is suspected to be another dose reported twice is not counted.",
    ),
    "def_dead": (
        "Från och med {day} räknas inte de som har avlidit.",
        "From {day} on, people who have died are not counted.",
    ),
    "def_rule": (
        "Dos {dose} räknas om den gavs {day} eller senare och minst {days} dagar efter den dos som räknades före den; "
        "annars stannar personen på den lägre nivån.",
        "Dose {dose} counts if given on {day} or later and at least {days} days after the dose that counted before it; "
        "otherwise the person stays at the lower level.",
    ),
    "def_population": (
        "Andelar räknas på befolkningen {day}.",
        "Shares are of the population of {day}.",
    ),
    "as_of": ("Siffrornas datum", "Date of the figures"),
    "null_means": (
        "{dash} betyder att uppgiften inte visas eller inte kan räknas ut: antalet är dolt, eller befolkningen är "
        "inte känd.",
        "{dash} means that the figure is not shown or cannot be worked out: the count is hidden, or the population is "
        "not known.",
    ),
    "unknown_means": (
        "Okänd kommun: personer vars kommun registret inte känner till. De räknas i summan, men ingen befolkning "
        "finns att jämföra med.",
        "Municipality unknown: people whose municipality the register does not know. They count in the total, but "
        "there is no population to compare with.",
    ),
    "same_figures": ("Samma siffror som data", "The same figures as data"),
    "api_reference": ("Beskrivning av API:et", "API reference"),
    "nothing_yet": (
        "Registret har inga doser ännu. Siffrorna visas här så snart de första har registrerats.",
        "The register holds no doses yet. Figures appear here as soon as the first have been recorded.",
    ),
    "no_such_area": (
        "Det finns ingen region eller kommun med koden {code}.",
        "There is no region or municipality with the code {code}.",
    ),
    "no_such_value": ("{name} måste vara {rule}.", "{name} must be {rule}."),
    "a_day": ("en dag skriven ÅÅÅÅ-MM-DD", "a day written YYYY-MM-DD"),
    "must_be_one_of": ("{name} måste vara ett av {values}.", "{name} must be one of {values}."),
    "a_whole_number": ("ett heltal", "a whole number"),
    "no_database": (
        "Registrets databas svarar inte just nu. Försök igen om en stund.",
        "The register's database does not answer right now. Try again in a while.",
    ),
    "demo": (
        "Demo med påhittade personer: {played}. Bara därifrån finns det uppgifter.",
        "Demo with made-up people: {played}. Only from there are there figures.",
    ),
    "not_understood": ("Sidan kunde inte visas", "The page could not be shown"),
    "start_over": ("Till Sverige i dag", "To Sweden today"),
}

# Notes that an answer carries, in Swedish; one without a line here is shown in English and marked as such.
SWEDISH_NOTES = (
    (r"No population has been loaded: there are no shares\.", "Ingen befolkning är inläst: det finns inga andelar."),
    (
        r"The population's age groups cannot form all ages: no share\.",
        "Befolkningens åldersgrupper räcker inte till alla åldrar: därför visas ingen andel.",
    ),
    (
        r"The population's age groups cannot form (\S+): no share\.",
        "Befolkningens åldersgrupper räcker inte till {0} år: därför visas ingen andel.",
    ),
    (r"The population of (\S+) has no (\S+)\.", "Befolkningen {0} finns inte för den här nivån."),
    (
        r"No share in (\d+) rows: more persons are counted there than the population of (\S+) has\.",
        "Ingen andel på {0} rader: där räknas fler personer än befolkningen {1} har.",
    ),
    (
        r"No share of .* from smaller areas: the population of (\S+) lacks some .*\.",
        "Befolkningen {0} saknar några områden: därför visas ingen andel för det som de är delar av.",
    ),
    (
        r"Doses are counted by ISO week: those given up to (\S+), .*",
        "Doser räknas per vecka: de som gavs till och med {0}.",
    ),
)

# fmt: off
MONTHS = {
    "sv": ("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober",
           "november", "december"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
}
WEEKDAYS = {
    "sv": ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
# fmt: on
