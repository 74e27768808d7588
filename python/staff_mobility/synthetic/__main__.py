"""Write the demonstration extracts: `python -m staff_mobility.synthetic --out extracts/demo`."""

import argparse
from pathlib import Path

from numpy.random import default_rng

from staff_mobility.synthetic.answers import answer_reports
from staff_mobility.synthetic.dbh import write_dbh
from staff_mobility.synthetic.extracts import write_beneficiary_module, write_mobility_tool
from staff_mobility.synthetic.open_data_files import write_open_data
from staff_mobility.synthetic.persons import assign_persons, enterprise_persons
from staff_mobility.synthetic.plan import staff_fte, stay_slots
from staff_mobility.synthetic.profiles import write_profiles
from staff_mobility.synthetic.stays import calibrated_visits, incoming_stays, outgoing_stays
from staff_mobility.synthetic.survey import write_survey
from staff_mobility.synthetic.tables import PACKAGE, table

# Each part draws from a stream of its own, so that a change of one leaves the others as they were.
PARTS = (
    "slots",
    "stays",
    "persons",
    "incoming",
    "answers",
    "files",
    "workbook",
    "dbh",
    "versions",
    "open_data",
)


def write_all(out: Path) -> None:
    """Write all demonstration extracts under the folder `out`; the same bytes each time."""
    rng = {part: default_rng([table("plan")["seed"], place]) for place, part in enumerate(PARTS)}
    slots = stay_slots(rng["slots"])
    stays = outgoing_stays(rng["stays"], slots, calibrated_visits())
    persons = assign_persons(rng["persons"], stays)
    incoming = incoming_stays(rng["incoming"], len(stays) + 1)
    persons += enterprise_persons(incoming, len(persons))
    everything = stays + incoming
    answer_reports(rng["answers"], everything)
    by_system = {name: [stay for stay in everything if stay.system == name] for name in ("mt", "bm")}
    write_mobility_tool(rng["files"], rng["versions"], out / "mobility_tool", by_system, persons)
    write_beneficiary_module(rng["workbook"], out / "beneficiary_module", by_system["bm"], persons)
    write_survey(out / "coordinator_survey")
    write_dbh(rng["dbh"], out / "dbh", staff_fte(slots))
    write_profiles(out / "institution_profiles")
    write_open_data(rng["open_data"], out / "eu_open_data", stays, persons)
    (out / "README.md").write_bytes((PACKAGE / "extracts_readme.md").read_bytes())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m staff_mobility.synthetic", description="Write the synthetic demonstration extracts."
    )
    parser.add_argument("--out", type=Path, default=Path("extracts/demo"), help="folder to write to")
    write_all(parser.parse_args().out)


if __name__ == "__main__":
    main()
