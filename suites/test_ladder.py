"""Every probe in every profile: what is claimed holds. One test a pair."""


def test_holds(cell):
    cell.holds()
