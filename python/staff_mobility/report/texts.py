"""Fixed texts of the page in its two languages."""

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "nb": {
        "title": "Ansattmobilitet i Erasmus+",
        "lead": (
            "Figurer og tabeller om utgående ansattmobilitet i høyere utdanning, regnet ut av datavarehuset "
            "fra uttrekkene nederst på siden. Hver av dem svarer til en figur eller tabell i den publiserte "
            "utredningen, tilleggene sist på siden unntatt, og er én modell i datavarehuset."
        ),
        "as_of": "Nyeste uttrekk er fra {date}.",
        "contents": "Innhold",
        "chapter": "Kapittel {number}",
        "supplement": "Tillegg til utredningen",
        "figure": "Figur",
        "table": "Tabell",
        "unit": "Enhet",
        "n": "Antall (n)",
        "place": "Sted i utredningen",
        "sources": "Kilde",
        "extract_of": "uttrekk {dates}",
        "download": "Data",
        "model": "dbt-modell",
        "note": "Merknad",
        "values": "Tallene bak ({count} rader)",
        "empty": "Ingen rader: uttrekkene som er lest inn, har ikke data til dette.",
        "provisional": "Lysere farge: foreløpige tall, som kan øke ({labels}).",
        "alternative": "{kind}. {axis}. {categories}. Tallene står i tabellen under.",
        "categories": "{count} kategorier, fra {first} til {last}",
        "points": "{count} punkter",
        "lanes": "{count} navn",
        "stacked_bar": "Stablet stolpediagram",
        "grouped_bar": "Gruppert stolpediagram",
        "bar": "Stolpediagram",
        "line": "Linjediagram",
        "scatter": "Spredningsdiagram",
        "faceted_scatter": "Flere spredningsdiagrammer med felles loddrett akse",
        "timeline": "Tidslinje",
        "extracts": "Uttrekk",
        "extracts_lead": "Alle figurer bygger på disse uttrekkene.",
        "system": "System",
        "file": "Fil",
        "extract_date": "Uttrekksdato",
        "row_count": "Rader",
        "fingerprint": "SHA-256 (de første 16 tegnene)",
        "yes": "ja",
        "no": "nei",
    },
    "en": {
        "title": "Staff mobility in Erasmus+",
        "lead": (
            "Figures and tables on outgoing staff mobility in higher education, computed by the warehouse "
            "from the extracts at the end of the page. Each one answers to a figure or table of the "
            "published study, but for the supplements at the end, and is one model of the warehouse."
        ),
        "as_of": "The newest extract is of {date}.",
        "contents": "Contents",
        "chapter": "Chapter {number}",
        "supplement": "Supplement to the study",
        "figure": "Figure",
        "table": "Table",
        "unit": "Unit",
        "n": "Number (n)",
        "place": "Place in the study",
        "sources": "Source",
        "extract_of": "extract {dates}",
        "download": "Data",
        "model": "dbt model",
        "note": "Note",
        "values": "The numbers behind it ({count} rows)",
        "empty": "No rows: the landed extracts hold no data for this.",
        "provisional": "Lighter colour: provisional numbers, which may rise ({labels}).",
        "alternative": "{kind}. {axis}. {categories}. The numbers are in the table below.",
        "categories": "{count} categories, from {first} to {last}",
        "points": "{count} points",
        "lanes": "{count} names",
        "stacked_bar": "Stacked bar chart",
        "grouped_bar": "Grouped bar chart",
        "bar": "Bar chart",
        "line": "Line chart",
        "scatter": "Scatter plot",
        "faceted_scatter": "Several scatter plots with a common vertical axis",
        "timeline": "Time-line",
        "extracts": "Extracts",
        "extracts_lead": "All figures rest on these extracts.",
        "system": "System",
        "file": "File",
        "extract_date": "Extract date",
        "row_count": "Rows",
        "fingerprint": "SHA-256 (first 16 characters)",
        "yes": "yes",
        "no": "no",
    },
}

# Shown in both languages whatever the reader has chosen.
SYNTHETIC_BANNER: Mapping[str, str] = {
    "nb": (
        "Syntetiske demonstrasjonsdata. Tallene er laget og beskriver ingen virkelige personer eller "
        "opphold. Samsvar med utredningen viser at definisjonene virker; det er ikke et funn."
    ),
    "en": (
        "Synthetic demonstration data. The numbers are made up and describe no real persons or stays. "
        "Agreement with the study shows that the definitions work; it is not a finding."
    ),
}
