"""The numbers and points of one area, from a real store."""

import pytest

from console.models.situation import parts_of, read_point_of, read_situation
from tests.cities import CITY, ONE
from tests.town import NOW, complaint


@pytest.fixture
def read(town):
    town.fill(60)
    return town.writer.read


def test_the_city_is_told_by_kecamatan(read, town):
    found = read_situation(town.pack, CITY, NOW, points=False)(read)
    assert {part.area for part in found.parts} == {"99.71.01", "99.71.02"}
    assert sum(part.open for part in found.parts) == found.whole.open == 50
    assert found.elsewhere == 0
    assert found.points is None
    assert [part.open for part in found.parts] == sorted((part.open for part in found.parts), reverse=True)


def test_a_kecamatan_is_told_by_kelurahan_with_its_points(read, town):
    found = read_situation(town.pack, ONE, NOW, points=True)(read)
    assert {part.area for part in found.parts} == {f"{ONE}.{number}" for number in (1001, 1002, 1003)}
    assert len(found.points.rowid) == found.whole.open == sum(part.open for part in found.parts)


def test_a_kelurahan_is_its_own_part(read, town):
    code = f"{ONE}.1002"
    found = read_situation(town.pack, code, NOW, points=True)(read)
    assert [area.code for area in parts_of(town.pack, code)] == [code]
    assert found.parts[0].open == found.whole.open > 0


def test_parts_with_nothing_in_them_are_there_all_the_same(town):
    town.take([complaint(0)])
    found = read_situation(town.pack, CITY, NOW, points=False)(town.writer.read)
    assert sorted(part.open for part in found.parts) == [0, 1]


def test_what_lies_in_no_part_is_counted_elsewhere(town):
    town.take([complaint(0, area="", lat=None, lon=None), complaint(1)])
    found = read_situation(town.pack, CITY, NOW, points=True)(town.writer.read)
    assert found.whole.open == 2
    assert found.elsewhere == 1
    assert len(found.points.rowid) == 1


def test_a_complaint_is_found_among_the_points(read, town):
    points = read_situation(town.pack, CITY, NOW, points=True)(read).points
    rowid = read_point_of(points, "rekaan:000007")(read)
    assert read.id_of(rowid) == "rekaan:000007"
    assert read_point_of(points, "rekaan:000005")(read) is None  # closed
    assert read_point_of(points, "rekaan:unheard-of")(read) is None
