"""Made-up people with plausible names in several scripts."""

from __future__ import annotations

from random import Random

_GIVEN = """
    Mira Georgi Elena Ivan Desislava Nikolay Radoslava Petar Anna Lukas Sofie Jan Katarzyna Mateusz Ioana Andrei Milica
    Stefan Chloé Luc Inês João Aoife Liam Zsófia Bence Ayşe Emre Noor Yusuf Mei Haruto Priya Arjun Zuri Kofi
"""
_FAMILY = """
    Petrova Dimitrov Ilieva Kolev Todorova Marinov Stoyanova Angelov Schmidt Novák Nowak Kowalska Popescu Ionescu
    Jovanović Horvat Dubois Martin Silva Pereira Murphy Byrne Nagy Szabó Yılmaz Demir Haddad Okafor Chen Tanaka
    Sharma Mensah
"""
GIVEN, FAMILY = _GIVEN.split(), _FAMILY.split()
IN_OTHER_SCRIPTS = (
    "Мария Иванова",
    "Димитър Стоянов",
    "Йоана Колева",
    "Красимир Пенчев",
    "Жана Шишкова",
    "Ελένη Παπαδοπούλου",
    "Νίκος Γεωργίου",
    "Олена Шевченко",
    "林 美玲",
    "佐藤 健",
    "نور حداد",
    "Björk Þórðardóttir",
    "Đorđe Đurić",
    "Bartholomew Featherstonehaugh-Cholmondeley",
)
INTERESTS = ("street", "portraits", "film", "night", "architecture", "nature", "black and white", "travel", "macro")


def names(rng: Random, count: int) -> list[str]:
    """Return `count` names, no two alike, every fourth in another script while they last."""
    found: list[str] = []
    others = list(IN_OTHER_SCRIPTS)
    while len(found) < count:
        if others and len(found) % 4 == 3:
            found.append(others.pop(0))
            continue
        name = f"{rng.choice(GIVEN)} {rng.choice(FAMILY)}"
        found.append(name if name not in found else f"{name} {len(found)}")
    return found
