"""XlsxWriter's workbook with two parts of its work done quicker: notes on cells, and the packing.

Notes are written byte for byte as XlsxWriter writes them (tests/test_xlsx_parts.py compares), but from one template each instead of
an element at a time: a release has some six hundred, each with a shape of eleven elements in an old drawing language, and they were a
tenth of the whole workbook's time. Packing at zlib's level 4 takes two thirds of the time of its usual level, for a twelfth more bytes.
"""

from __future__ import annotations

from io import BytesIO, StringIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlsxwriter import Workbook
from xlsxwriter.comments import Comments, CommentType
from xlsxwriter.packager import Packager
from xlsxwriter.vml import Vml

from exporter.formats.xlsx.shapes import column_name

_LEVEL = 4
#: No output contains the clock.
_STAMP = (1980, 1, 1, 0, 0, 0)
#: A part: its text or bytes, its name in the package, and whether it is bytes.
_Part = tuple[StringIO | BytesIO, str, bool]


class PackedWorkbook(Workbook):
    """A workbook whose parts, where they are in memory, are packed by :meth:`packed` and not by ``close``."""

    def __init__(self, target: BytesIO, options: dict[str, Any]) -> None:
        super().__init__(target, options)
        self._target = target
        self._package = _Package()

    def _get_packager(self) -> Packager:
        return self._package

    def packed(self) -> bytes:
        """The finished file, after ``close``."""
        if not self._package.parts:
            return self._target.getvalue()
        out = BytesIO()
        with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            for part, name, _ in self._package.parts:
                info = ZipInfo(name, _STAMP)
                info.compress_type = ZIP_DEFLATED
                archive.writestr(info, part.getvalue(), compresslevel=_LEVEL)
        return out.getvalue()


class _Package(Packager):
    """Nothing here has pictures in headers, which would have a drawing of that language too."""

    in_memory: bool

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[_Part] = []

    def _create_package(self) -> list[Any]:
        made: list[Any] = super()._create_package()
        if not self.in_memory:
            return made
        self.parts = made
        return []

    def _write_vml_files(self) -> None:
        noted = [sheet for sheet in self.workbook.worksheets() if sheet.has_vml]
        for number, sheet in enumerate(noted, 1):
            drawing = _Shapes()
            drawing._set_xml_writer(self._filename(f"xl/drawings/vmlDrawing{number}.vml"))
            drawing._assemble_xml_file(sheet.vml_data_id, sheet.vml_shape_id, sheet.comments_list, sheet.buttons_list)

    def _write_comment_files(self) -> None:
        noted = [sheet for sheet in self.workbook.worksheets() if sheet.has_comments]
        for number, sheet in enumerate(noted, 1):
            notes = _Notes()
            notes._set_xml_writer(self._filename(f"xl/comments{number}.xml"))
            notes._assemble_xml_file(sheet.comments_list)


class _Notes(Comments):
    def _write_comment(self, comment: CommentType, author_id: int) -> None:
        size, name, family = comment.font_size, comment.font_name, comment.font_family
        font = f'<sz val="{size}"/><color indexed="81"/><rFont val="{name}"/><family val="{family}"/>'
        cell = f"{column_name(comment.col)}{comment.row + 1}"
        self.fh.write(f'<comment ref="{cell}" authorId="{author_id}"><text><r><rPr>{font}</rPr>')
        self._write_text_t(comment.text)
        self.fh.write("</r></text></comment>")


class _Shapes(Vml):
    def _write_comment_shape(self, shape_id: int, z_index: int, comment: CommentType) -> None:
        left_column, top_row, x1, y1, right_column, bottom_row, x2, y2 = comment.vertices[:8]
        left, top, width, height = (f"{0.75 * pixels:.15g}pt" for pixels in comment.vertices[8:12])
        self.fh.write(
            f'<v:shape id="_x0000_s{shape_id}" type="#_x0000_t202" style="position:absolute;margin-left:{left};margin-top:{top};'
            f'width:{width};height:{height};z-index:{z_index};visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
            '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
            '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
            '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
            f"<x:Anchor>{left_column}, {x1}, {top_row}, {y1}, {right_column}, {x2}, {bottom_row}, {y2}</x:Anchor>"
            f"<x:AutoFill>False</x:AutoFill><x:Row>{comment.row}</x:Row><x:Column>{comment.col}</x:Column></x:ClientData></v:shape>"
        )
