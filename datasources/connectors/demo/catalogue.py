"""What the company sells: kitchen and household goods under invented brands.

The nth item has the same sku, name and unit in a company of any size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from datasources.connectors.demo.dice import Dice
from datasources.facts import ItemFact

ITEM_CLASSES = {"A": "fast", "B": "steady", "C": "slow"}
"""What rule files see of an item, by its grade."""
PRECISIONS = {"EA": 0, "KG": 3, "M": 3}

Sizes = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """An item as the makers of the demo see it: the master row, and how it is packed and sells."""

    sku: str
    name: str
    department: str
    brand: str
    unit: str = "EA"
    box: int = 12
    grade: str = "B"
    weekly: int = 20
    """Base units that one centre ships in an ordinary week."""
    keeps: bool = True
    """False for food, which is kept by lot."""

    @property
    def number(self) -> int:
        """The figures of the sku, unique over all departments."""
        return int(self.sku[3:])

    @property
    def loose(self) -> bool:
        """True of goods sold by weight or length, which come in no boxes."""
        return self.unit != "EA"

    @property
    def scale(self) -> int:
        """How many smallest units are in a base unit."""
        return int(10 ** PRECISIONS[self.unit])

    def amount(self, units: int, thousandths: int = 0) -> Decimal:
        """Return so many base units, with thousandths where the item is measured."""
        return Decimal(units * 1000 + thousandths) / 1000 if self.loose else Decimal(units)

    def master(self) -> ItemFact:
        """Return the row of the item master."""
        packed = {} if self.loose else {"box": str(self.box)}
        attributes = {"department": self.department, "brand": self.brand, "grade": self.grade} | packed
        attributes["item_class"] = ITEM_CLASSES[self.grade]
        return ItemFact(self.sku, self.name, self.unit, PRECISIONS[self.unit], attributes)


@dataclass(frozen=True, slots=True)
class Department:
    prefix: str
    name: str
    finishes: tuple[str, ...]
    products: tuple[tuple[str, Sizes], ...]


PAN: Sizes = ("20 cm", "24 cm", "28 cm")
POT: Sizes = ("2 l", "3.5 l", "5 l")
TIN: Sizes = ("small", "medium", "large")
SET: Sizes = ("set of 2", "set of 4", "set of 6")
WEIGHT: Sizes = ("250 g", "500 g", "1 kg")
BOTTLE: Sizes = ("250 ml", "500 ml", "1 l")
CLOTH: Sizes = ("140 cm wide", "160 cm wide", "280 cm wide")

LOOSE = {
    "Coffee Beans": "KG",
    "Basmati Rice": "KG",
    "Linen Fabric": "M",
    "Oilcloth": "M",
}
"""Products that are weighed or cut; all others are counted."""

DEPARTMENTS = (
    Department(
        "CK",
        "Cookware",
        ("black", "steel", "cream", "red", "sage", "navy", "copper"),
        (
            ("Frying Pan", PAN),
            ("Saucepan", ("16 cm", "18 cm", "20 cm")),
            ("Casserole", POT),
            ("Stockpot", ("6 l", "8 l", "10 l")),
            ("Wok", ("28 cm", "30 cm", "34 cm")),
            ("Grill Pan", PAN),
            ("Sauté Pan", PAN),
            ("Milk Pan", ("1 l", "1.5 l", "2 l")),
            ("Roasting Tin", TIN),
            ("Stovetop Kettle", ("1 l", "1.5 l", "2 l")),
            ("Pressure Cooker", POT),
            ("Steamer Insert", PAN),
        ),
    ),
    Department(
        "TW",
        "Tableware",
        ("white", "speckled", "indigo", "moss", "terracotta", "charcoal", "sand"),
        (
            ("Stoneware Mug", ("25 cl", "35 cl", "45 cl")),
            ("Dinner Plate", ("24 cm", "27 cm", "30 cm")),
            ("Cereal Bowl", ("14 cm", "16 cm", "18 cm")),
            ("Pasta Plate", ("22 cm", "24 cm", "26 cm")),
            ("Espresso Cup", SET),
            ("Tumbler", SET),
            ("Wine Glass", SET),
            ("Serving Platter", ("32 cm", "38 cm", "44 cm")),
            ("Teapot", ("60 cl", "90 cl", "1.2 l")),
            ("Milk Jug", ("20 cl", "40 cl", "80 cl")),
            ("Butter Dish", TIN),
            ("Cutlery", ("16 pieces", "24 pieces", "48 pieces")),
        ),
    ),
    Department(
        "BK",
        "Bakeware",
        ("grey", "black", "steel", "rose", "mint", "blue", "cream"),
        (
            ("Loaf Tin", ("20 cm", "25 cm", "30 cm")),
            ("Springform Tin", ("20 cm", "24 cm", "26 cm")),
            ("Muffin Tray", ("6 cups", "12 cups", "24 cups")),
            ("Baking Sheet", TIN),
            ("Cooling Rack", TIN),
            ("Mixing Bowl", POT),
            ("Rolling Pin", ("30 cm", "38 cm", "45 cm")),
            ("Pie Dish", ("22 cm", "25 cm", "28 cm")),
            ("Ramekin", SET),
            ("Measuring Jug", ("0.5 l", "1 l", "2 l")),
            ("Proving Basket", ("0.5 kg", "1 kg", "1.5 kg")),
            ("Kitchen Scale", ("3 kg", "5 kg", "10 kg")),
        ),
    ),
    Department(
        "ST",
        "Storage",
        ("clear", "smoke", "white", "oak", "cork", "green", "amber"),
        (
            ("Storage Jar", ("0.5 l", "1 l", "2 l")),
            ("Bread Bin", TIN),
            ("Lunch Box", TIN),
            ("Spice Rack", ("6 jars", "12 jars", "18 jars")),
            ("Cutlery Tray", ("30 cm", "40 cm", "50 cm")),
            ("Freezer Box", SET),
            ("Water Bottle", ("0.5 l", "0.75 l", "1 l")),
            ("Vacuum Flask", ("0.35 l", "0.5 l", "1 l")),
            ("Wall Hook", SET),
            ("Shelf Basket", TIN),
            ("Dish Rack", TIN),
            ("Cheese Dome", ("20 cm", "24 cm", "28 cm")),
        ),
    ),
    Department(
        "PN",
        "Pantry",
        ("organic", "classic", "reserve", "harvest", "estate", "market", "winter"),
        (
            ("Coffee Beans", ("light roast", "medium roast", "dark roast")),
            ("Olive Oil", BOTTLE),
            ("Wildflower Honey", WEIGHT),
            ("Loose Tea", ("100 g", "250 g", "500 g")),
            ("Basmati Rice", ("white", "brown", "smoked")),
            ("Sea Salt", WEIGHT),
            ("Wine Vinegar", BOTTLE),
            ("Drinking Chocolate", WEIGHT),
            ("Fruit Preserve", ("apricot", "quince", "sour cherry")),
            ("Bread Flour", WEIGHT),
            ("Whole Pepper", ("50 g", "100 g", "250 g")),
            ("Vanilla Sugar", ("50 g", "100 g", "250 g")),
        ),
    ),
    Department(
        "TX",
        "Textiles",
        ("natural", "ecru", "slate", "mustard", "forest", "rust", "striped"),
        (
            ("Tea Towel", SET),
            ("Linen Fabric", CLOTH),
            ("Apron", ("child", "regular", "long")),
            ("Napkin", SET),
            ("Tablecloth", ("140 x 180 cm", "140 x 240 cm", "160 x 300 cm")),
            ("Oven Glove", ("single", "pair", "double")),
            ("Table Runner", ("120 cm", "150 cm", "180 cm")),
            ("Oilcloth", CLOTH),
            ("Bread Bag", TIN),
            ("Seat Cushion", ("38 cm", "40 cm", "45 cm")),
            ("Bath Towel", ("50 x 100 cm", "70 x 140 cm", "100 x 150 cm")),
            ("Coaster", SET),
        ),
    ),
    Department(
        "CL",
        "Cleaning and Laundry",
        ("beech", "white", "grey", "bamboo", "teal", "coral", "black"),
        (
            ("Dish Brush", ("single", "with stand", "with refill")),
            ("Broom", ("28 cm", "40 cm", "60 cm")),
            ("Dustpan", TIN),
            ("Laundry Basket", ("40 l", "60 l", "80 l")),
            ("Clothes Peg", ("pack of 24", "pack of 50", "pack of 100")),
            ("Washing-up Bowl", ("8 l", "10 l", "12 l")),
            ("Pedal Bin", ("3 l", "12 l", "30 l")),
            ("Bucket", ("8 l", "10 l", "15 l")),
            ("Microfibre Cloth", SET),
            ("Ironing Board Cover", TIN),
            ("Drying Rack", ("10 m", "18 m", "24 m")),
            ("Soap Dispenser", ("250 ml", "350 ml", "500 ml")),
        ),
    ),
    Department(
        "LT",
        "Lighting and Candles",
        ("brass", "nickel", "black", "opal", "rattan", "white", "smoke"),
        (
            ("Table Lamp", ("32 cm", "45 cm", "60 cm")),
            ("Pendant Lamp", ("25 cm", "35 cm", "50 cm")),
            ("Candle Holder", TIN),
            ("Lantern", TIN),
            ("Reading Lamp", ("clip-on", "desk", "floor")),
            ("Pillar Candle", ("10 cm", "15 cm", "20 cm")),
            ("Taper Candle", SET),
            ("Night Light", ("plug-in", "cordless", "dimmable")),
            ("String Lights", ("3 m", "5 m", "10 m")),
            ("Lamp Shade", ("20 cm", "30 cm", "40 cm")),
            ("Wall Light", ("single", "double", "swivel")),
            ("Tea Light Glass", SET),
        ),
    ),
)

BRANDS = (
    "Norvale",
    "Tindrel",
    "Maribrook",
    "Quillfen",
    "Hesperling",
    "Sandalwick",
    "Brambly Oak",
    "Ostergaden",
    "Calder & Finch",
)
OWN_BRAND = "Norvale"
"""Made in the company's own workshop in Hamburg, so its supply is production, not purchase."""

GRADES = (("A", (40, 90)), ("B", (12, 36)), ("B", (12, 36)), ("C", (2, 10)), ("C", (2, 10)))


def ordinary_items(count: int) -> Iterator[Item]:
    """Yield the first `count` items that no story is told of."""
    return (_ordinary(nth) for nth in range(count))


def _ordinary(nth: int) -> Item:
    department = DEPARTMENTS[nth % len(DEPARTMENTS)]
    product, finish, size = _variant(department, nth // len(DEPARTMENTS))
    sku = f"{department.prefix}-{1101 + nth}"
    dice = Dice("item", sku)
    brand = BRANDS[(nth % len(DEPARTMENTS) + 2 * department.products.index(product)) % len(BRANDS)]
    grade, (slow, fast) = dice.pick(GRADES)
    return Item(
        sku=sku,
        name=f"{brand} {product[0]}, {finish}, {size}",
        department=department.name,
        brand=brand,
        unit=LOOSE.get(product[0], "EA"),
        box=dice.pick((6, 12, 24)),
        grade=grade,
        weekly=dice.between(slow, fast),
        keeps=department.prefix != "PN",
    )


def _variant(department: Department, nth: int) -> tuple[tuple[str, Sizes], str, str]:
    """Return the nth product, finish and size: each combination once, neighbours unlike each other."""
    products, finishes = department.products, department.finishes
    rounds, product = divmod(nth, len(products))
    turns, finish = divmod(rounds, len(finishes))
    assert turns < 3, f"{department.name} has no {nth + 1}th variant"
    sizes = products[product][1]
    return products[product], finishes[(finish + product) % len(finishes)], sizes[(turns + product) % 3]
