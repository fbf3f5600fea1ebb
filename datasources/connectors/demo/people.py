"""Who buys: households by name and number, and the companies that buy under contract."""

FIRST = (
    "Ida Jonas Marta Emil Clara Anton Greta Oskar Lena Felix "
    "Nora Samuel Alma Hugo Frieda Milan Elena Tariq Aylin Mateo "
    "Grace Owen Harriet Callum Imogen Rhys Poppy Ewan Beatrice Angus "
    "Maya Ethan Zoe Caleb Naomi Isaac Ruth Andre Priya Luis"
)
LAST = (
    "Alsted Brinkmann Castell Dahlhoff Ebersbach Fenwick Garrido Hollister Immel Jansen "
    "Karimi Lindqvist Marlowe Novak Oduya Petersen Quist Rademacher Sandoval Thornbury "
    "Ullmann Vance Whitlock Yilmaz Zeller Ashdown Bergström Calloway Delacroix Eastman "
    "Farrow Grünwald Hawthorne Ibsen Kowalski Langford Mehta"
)
FIRST_NAMES, LAST_NAMES = FIRST.split(), LAST.split()
"""The counts have no factor in common, so that each of 1,480 numbers on end has its own name."""

COMPANIES = {
    "contract": (
        "Hotel Alsterwinkel",
        "Trattoria Monteverde",
        "Café Silberhafen",
        "Lindqvist Catering",
        "Three Rivers Diners Inc.",
        "Bakehouse Nine",
        "Harrow & Pine Lodges",
        "Kantine am Speicher",
    ),
    "wholesale": (
        "Haushaltwaren Dreyer KG",
        "Ostkreuz Großhandel GmbH",
        "Whitby & Sons Wholesale Ltd",
        "Penn Avenue Housewares Inc.",
        "Cascade Kitchen Supply LLC",
        "Rheintor Handelskontor",
    ),
    "hotels": (
        "Nordlicht Hotels, Bremen",
        "Nordlicht Hotels, Lübeck",
        "Fairmead Inns, York",
        "Fairmead Inns, Bath",
        "Juniper House Group, Portland",
        "Juniper House Group, Oakland",
    ),
}
"""By the channel they buy through."""


def household(number: int) -> str:
    """Return the customer's name and number: the same name for the same number, everywhere."""
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    return f"{first} {LAST_NAMES[number % len(LAST_NAMES)]}, C-{number}"
