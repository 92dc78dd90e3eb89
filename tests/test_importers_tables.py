"""Tables as files: what is refused as a whole, and how rows are numbered."""

import zipfile

import openpyxl
import pytest

from geodata.errors import ImportRefusedError
from geodata.importers import LAYERS, ImportOptions, parse
from geodata.importers.headings import Heading
from geodata.importers.tables import read_cells

HEADINGS = (Heading("code", ("コード",), required=True), Heading("name"))


def read(tmp_path, content, name="t.csv", **options):
    path = tmp_path / name
    path.write_bytes(content)
    return read_cells([path], HEADINGS, ImportOptions(**options))


def test_row_numbers_are_those_a_person_sees(tmp_path):
    # row 1 heading, 2 data, 3 blank, 4 and 5 data (the line break inside quotes does not count)
    cells, checks, _ = read(tmp_path, b'code,name\n1,a\n,\n2,"b\nc"\n3,d\n')
    assert cells["code"].tolist() == ["1", "2", "3"]
    assert checks.rows.tolist() == [2, 4, 5]


def test_text_cells_are_never_turned_into_numbers(tmp_path):
    cells, _, _ = read(tmp_path, b"code,name\n007,NA\n1e5,null\n")
    assert cells.to_numpy().tolist() == [["007", "NA"], ["1e5", "null"]]


def test_row_of_another_length_is_an_error(tmp_path):
    _, checks, source = read(tmp_path, b"code,name\n1,a\n2\n3,b,c\n4,d,\n")
    report = checks.report("t", source)
    assert [(problem.row, problem.value) for problem in report.errors] == [(3, "1"), (4, "3")]


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "t.csv", "got an empty file"),
        (b"code,name\n", "t.csv", "got only headings"),
        (b"code,name\n,\n", "t.csv", "got only headings"),
        (b"\n1,2\n", "t.csv", "Expected headings in the first row"),
        ("code,name\n1,a\n".encode("utf-16"), "t.csv", "got UTF-16"),
        (b"code,name\n1,\x81\n", "t.csv", "Expected 't.csv' in UTF-8 or CP932"),
        ("code,name\n1,カナ\n".encode("euc_jp"), "t.csv", "EUC-JP"),
        (b"code,name\n1,\x00\n", "t.csv", "got binary content"),
        (b'code,name\n1,"a\n', "t.csv", "Expected well-formed CSV"),
        (b"code,name\n1,a\n", "t.xlsx", "Expected an xlsx workbook"),
        (b"code,name\n1,a\n", "t.txt", r"Expected a \.csv or \.xlsx file"),
        (b"code,\xe3\x82\xb3\xe3\x83\xbc\xe3\x83\x89\xe3\x80\x80\n1,a\n", "u.pdf", r"Expected a \.csv"),
    ],
)
def test_unusable_file_is_refused_with_its_reason(tmp_path, content, name, message):
    with pytest.raises(ImportRefusedError, match=message):
        read(tmp_path, content, name)


def test_absent_file_is_refused_by_name_only(tmp_path):
    with pytest.raises(ImportRefusedError) as refusal:
        read_cells([tmp_path / "gone.csv"], HEADINGS, ImportOptions())
    assert "'gone.csv'" in str(refusal.value)
    assert str(tmp_path) not in str(refusal.value)


def test_given_encoding_is_used_instead_of_guessing(tmp_path):
    content = "code,name\n1,日本語\n".encode("euc_jp")
    cells, _, source = read(tmp_path, content, encoding="euc_jp")
    assert (cells["name"].tolist(), source.encoding) == (["日本語"], "euc_jp")


def test_wrong_given_encoding_is_refused(tmp_path):
    with pytest.raises(ImportRefusedError, match="in utf-8, got bytes that are not"):
        read(tmp_path, "code,name\n1,日本語\n".encode("cp932"), encoding="utf-8")


def test_unknown_encoding_name_is_refused(tmp_path):
    with pytest.raises(ImportRefusedError, match="Expected a known encoding, got 'klingon'"):
        read(tmp_path, b"code,name\n1,a\n", encoding="klingon")


def test_two_columns_for_one_of_ours_are_refused_until_mapped(tmp_path):
    content = "コード,ｺｰﾄﾞ,name\n1,2,a\n".encode()
    with pytest.raises(ImportRefusedError, match="Expected one column for 'code', got 2"):
        read(tmp_path, content)


def test_map_wins_over_a_heading_that_fits_by_itself(tmp_path):
    cells, checks, source = read(tmp_path, b"code,other,name\n1,2,a\n", column_map={"other": "code"})
    assert cells["code"].tolist() == ["2"]
    assert [problem.column for problem in checks.report("t", source).warnings] == ["code"]


@pytest.mark.parametrize(
    ("column_map", "message"),
    [
        ({"nowhere": "code"}, "got none called nowhere. The file has: code, name"),
        ({"name": "title"}, "Expected --map onto a column of this layer, got title"),
        ({"name": "code", "code": "code"}, "got several for code"),
    ],
)
def test_map_that_cannot_be_followed_is_refused(tmp_path, column_map, message):
    with pytest.raises(ImportRefusedError, match=message):
        read(tmp_path, b"code,name\n1,a\n", column_map=column_map)


def test_workbook_rows_short_of_trailing_cells_are_filled(tmp_path):
    book = openpyxl.Workbook()
    for row in (["code", "name"], [1.0, None], [True, "b"]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    cells, checks, _ = read_cells([tmp_path / "t.xlsx"], HEADINGS, ImportOptions())
    assert cells["code"].tolist() == ["1", "True"]
    assert not checks.failed.any()


def test_workbook_that_unpacks_to_far_too_much_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (101 * 2**20))
    with pytest.raises(ImportRefusedError, match="at most 100 MB unpacked, got 101 MB"):
        read_cells([tmp_path / "t.xlsx"], HEADINGS, ImportOptions())


def test_layers_are_those_of_the_command():
    assert set(LAYERS) == {
        "school-districts",
        "community-districts",
        "neighbourhoods",
        "boundary",
        "households",
        "watchers",
        "assignments",
        "streets",
        "facilities",
        "agreements",
        "rounds-of-partners",
        "support-tasks",
        "consents",
        "sharing-rules",
    }


def test_unknown_layer_and_no_file_are_refused(tmp_path):
    with pytest.raises(ImportRefusedError, match="Expected a known layer, got 'roads'"):
        parse("roads", [tmp_path / "x.csv"])
    with pytest.raises(ImportRefusedError, match="Expected at least one file for 'watchers'"):
        parse("watchers", [])


@pytest.mark.parametrize("municipality", ["1720", "17-20", "１７２０１", "1720145"])
def test_municipality_code_of_another_length_is_refused(municipality):
    with pytest.raises(ImportRefusedError, match="Expected a municipality code of 5 digits"):
        _ = ImportOptions(municipality=municipality).municipality_code


def test_check_digit_of_the_municipality_code_is_dropped():
    assert ImportOptions(municipality="172014").municipality_code == "17201"


def test_zip_that_is_no_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<broken")
    with pytest.raises(ImportRefusedError, match="Expected an xlsx workbook"):
        read_cells([tmp_path / "t.xlsx"], HEADINGS, ImportOptions())
