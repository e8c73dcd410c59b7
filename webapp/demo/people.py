"""The people of the demo class: names as in a Spanish classroom, a group, and what kind of student each is. Pure."""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["steady", "late", "stops", "absent", "copies"]
KINDS: Final[dict[Kind, float]] = {"steady": 0.60, "late": 0.20, "stops": 0.09, "absent": 0.05, "copies": 0.06}
"""Works week by week; at the last moment; gives up on the way; has never begun; copies from a friend."""

PER_GROUP: Final = 40

FIRST: Final = (
    "Adrián Aitana Alba Alejandra Alejandro Álvaro Ainhoa Andrea Ángel Antonio Beatriz Blanca Bruno Candela Carla Carlos "
    "Carmen Celia Clara Claudia Cristina Daniel Daniela David Diego Elena Elsa Emma Enrique Eva Fátima Fernando Gabriel "
    "Gonzalo Guillermo Héctor Helena Hugo Ignacio Inés Irene Iván Jaime Javier Jimena Joan Jordi Jorge Julia Laia Laura "
    "Leire Lucas Lucía Luis Manuel Marc María Mario Marta Martín Mateo Miguel Naiara Natalia Nerea Nicolás Noa Nuria Oier "
    "Olivia Óscar Pablo Paula Pedro Pol Rafael Raquel Rocío Rodrigo Rubén Salma Samuel Sandra Sara Sergio Silvia Sofía "
    "Tomás Unai Valeria Vega Víctor Yusuf Zoe"
)
SURNAMES: Final = (
    "Aguilar Alonso Álvarez Arias Benítez Blanco Bravo Cabrera Calvo Campos Cano Carmona Castillo Castro Cortés Crespo "
    "Cruz Delgado Díaz Diez Domínguez Durán Esteban Fernández Ferrer Flores Fuentes Gallardo Gallego García Garrido "
    "Giménez Gómez González Guerrero Gutiérrez Hernández Herrera Herrero Hidalgo Ibáñez Iglesias Jiménez León López Lozano "
    "Marín Márquez Martín Martínez Medina Méndez Molina Montero Mora Morales Moreno Moya Muñoz Navarro Nieto Núñez Ortega "
    "Ortiz Parra Pascual Peña Pérez Prieto Ramírez Ramos Reyes Rodríguez Romero Rubio Ruiz Sáez Sánchez Santana Santiago "
    "Santos Sanz Serrano Soler Soto Suárez Torres Vargas Vázquez Vega Vicente Vidal Zapata"
)


@dataclass(frozen=True)
class Person:
    """A student of the class. `login` is the first half of the address, `ability` is like a standard normal variable; `friend` is whose work a copier hands in."""

    name: str
    login: str
    group: str
    kind: Kind
    ability: float
    friend: int | None = None


def classmates(count: int, dice: random.Random) -> list[Person]:
    """So many students. In a class of ten or more every kind of student is there."""
    groups = max(2, -(-count // PER_GROUP))
    kinds = _kinds(count, dice)
    first, surnames = FIRST.split(), SURNAMES.split()
    seen: Counter[str] = Counter()
    people = []
    for number in range(count):
        name = f"{dice.choice(first)} {dice.choice(surnames)} {dice.choice(surnames)}"
        login = _login(name)
        seen[login] += 1
        again = f".{seen[login]}" if seen[login] > 1 else ""
        kind = kinds[number]
        people.append(
            Person(
                name=name,
                login=f"{login}{again}",
                group=_group(number % groups, groups),
                kind=kind,
                ability=dice.gauss(-0.5 if kind in ("stops", "copies") else 0, 1),
                friend=(number - groups if number >= groups else None) if kind == "copies" else None,
            )
        )
    return people


def _kinds(count: int, dice: random.Random) -> list[Kind]:
    """The kinds in their shares, in any order; the rest is steady."""
    kinds: list[Kind] = []
    for kind, share in KINDS.items():
        kinds += [kind] * max(round(share * count), 1 if count >= 2 * len(KINDS) else 0)
    kinds = [*reversed(kinds)][:count] + ["steady"] * max(0, count - len(kinds))
    dice.shuffle(kinds)
    return kinds


def _group(number: int, groups: int) -> str:
    return f"Group {chr(ord('A') + number)}" if groups <= 26 else f"Group {number + 1:0{len(str(groups))}}"


def _login(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return ".".join("".join(each for each in plain if each.isascii()).split()[:2])
