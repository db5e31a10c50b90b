"""Pure functions on printed text: numbers, scales, rounding, folded labels, calendar arithmetic.

No I/O, no taxonomy. What words mean (months, "in thousands") comes in as arguments: it is data.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal

_MARK = re.compile(
    r"\^\{?\*?\d+\}?|[¹²³⁴⁵⁶⁷⁸⁹⁰]+|\((?:\d{1,2}|[a-z]|\*+|[ivx]{1,4}|note \d+)\)|(?<=\w)\*+|†|‡", re.IGNORECASE
)
_ASIDE = re.compile(r"\((?:un)?audited\)|\(continued\)|\(note \w+\)", re.IGNORECASE)
_DASH = re.compile("[\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_SINGLE, _DOUBLE = "\u2018\u2019\u201a\u201b\u2032\u00b4`", "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"
_QUOTES = tuple((mark, "'") for mark in _SINGLE) + tuple((mark, '"') for mark in _DOUBLE)
_HAN = re.compile("[\u3400-\u9fff]")
# Traditional characters of financial statements with their simplified forms, so that one spelling is matched.
_TRADITIONAL = (
    "資资產产總总額额負负債债動动權权東东應应儲储備备貨货幣币現现銀银無无發发運运營营業业務务經经稅税費费開开銷销銷销"
    "損损淨净溢溢綜综簡简財财狀状況况報报計计審审單单個个於于註注歸归屬属擁拥會会數数據据類类實实際际內内減减攤摊購购買买"
    "設设廠厂預预項项關关聯联貸贷貿贸證证戶户長长間间質质餘余換换兌兑變变萬万億亿圓圆電电軟软與与從从過过進进還还連连"
    "遞递險险離离難难順顺須须館馆壞坏壽寿學学專专層层幹干廣广後后徵征態态擔担擇择時时暫暂條条極极構构標标機机檔档歐欧歷历"
    "殘残毀毁決决測测滙汇匯汇潤润獲获異异監监確确積积穩稳稱称種种競竞節节範范籌筹簽签級级純纯細细終终結结絡络給给統统絕绝"
    "維维網网緊紧線线編编續续績绩職职聲声興兴舊旧華华葉叶號号術术裝装補补製制複复規规視视覽览觀观訂订記记許许訴诉評评試试"
    "詢询該该詳详認认語语誤误說说課课調调談谈請请論论諾诺講讲識识護护讓让貢贡販贩貫贯責责貯贮貴贵貼贴賒赊賠赔賣卖賬账帳账"
    "賴赖贈赠車车載载輔辅輕轻輪轮輸输轄辖轉转辦办農农達达違违遠远適适選选遺遗邊边郵邮鄉乡醫医釋释鋼钢錄录錢钱錯错鍵键"
    "鎖锁鐵铁門门閉闭閒闲閱阅陸陆隨随靜静響响頁页頓顿頒颁領领頭头題题願愿顧顾顯显風风飛飞驗验體体點点黨党齊齐攬揽佔占併并"
    "團团價价優优儘尽創创剩剩勞劳區区協协參参員员園园執执報报場场將将導导帶带幾几庫库廢废彙汇懸悬戰战撥拨擬拟書书極极樣样橋桥"
    "檢检歲岁殼壳氣气滯滞滿满濟济為为爭争獎奖產产當当碼码紅红約约絲丝綠绿縮缩繳缴義义聘聘肅肃臨临蓋盖處处虧亏衛卫袋袋訊讯託托"
    "貶贬貝贝賃赁賞赏週周鏈链閣阁隊队階阶雙双雜杂雲云靈灵項项飲饮養养餐餐騰腾齡龄庫库債债歇歇繫系紀纪採采購购佣佣僱雇"
)
_SIMPLIFIED = {ord(old): ord(new) for old, new in zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)}
_OUTSIDE = re.compile(r"[^\w%{}]+")

Fold = tuple[re.Pattern[str], str]


def squash(text: str) -> str:
    """Collapse white space, non-breaking and zero-width included."""
    return " ".join(text.replace("\u200b", "").replace("\ufeff", "").split())


def unify(text: str) -> str:
    """One kind of dash and quote, NFKC, white space collapsed; case and marks are kept."""
    if text.isascii():
        return " ".join(text.split()).replace("`", "'")
    # Quotes first: NFKC splits an acute accent into a blank and a combining mark. str.replace is much
    # faster than str.translate, which is left to the text that needs it.
    for mark, plain_mark in _QUOTES:
        text = text.replace(mark, plain_mark)
    if _HAN.search(text):
        text = text.translate(_SIMPLIFIED)
    return squash(unicodedata.normalize("NFKC", _DASH.sub("-", text)))


def strip_marks(text: str) -> str:
    """Drop footnote marks such as ``^{*4}``, ``(1)``, ``(*)``, superscript digits."""
    return squash(_MARK.sub(" ", text))


def lowered(text: str) -> str:
    """``text`` in small letters, each at its place: a letter that would become two ("\u0130") stays as it is."""
    low = text.lower()
    return low if len(low) == len(text) else "".join([char.lower() if len(char.lower()) == 1 else char for char in text])


def fold(text: str, folds: Iterable[Fold] = ()) -> str:
    """The form in which labels are compared: see docs/taxonomy.md, "How a label is matched"."""
    plain = unify(_MARK.sub(" ", _ASIDE.sub(" ", text))).casefold()
    plain = _OUTSIDE.sub(" ", plain.replace("'s ", " ").replace("'", "").replace("&", " and ")).strip()
    for pattern, replacement in folds:
        plain = pattern.sub(replacement, plain)
    return " ".join(plain.split())


# --- numbers --------------------------------------------------------------------------------------


#: Wide enough for whatever is printed: the default context would round to 28 digits, silently.
EXACT = Context(prec=10_000, Emax=MAX_EMAX, Emin=MIN_EMIN)


def shifted(value: Decimal, power: int) -> Decimal:
    """``value`` times ten to the ``power``, every digit kept: (3.40, 3) is 3.40E+3."""
    return value.scaleb(power, EXACT)


def decimals_of(digits: str, scale: int) -> int:
    """XBRL ``decimals`` of printed digits at a power-of-ten scale: ("3,914.3", 6) is -5."""
    _, _, fraction = digits.partition(".")
    return len(fraction) - scale


def plain(value: Decimal) -> str:
    """Plain notation without exponent; trailing zeros that were printed are kept: 0.290, 7165584000."""
    return format(value, "f")


def rounding_interval(value: Decimal, decimals: int | None) -> tuple[Decimal, Decimal]:
    """The closed interval of numbers that print as ``value`` (XBRL Calculations 1.1, round to nearest)."""
    if decimals is None:
        return value, value
    half = Decimal(5).scaleb(-decimals - 1)
    return EXACT.subtract(value, half), EXACT.add(value, half)


def agree(a: Decimal, a_decimals: int | None, b: Decimal, b_decimals: int | None) -> bool:
    """Whether two prints can be the same number: their rounding intervals meet."""
    low_a, high_a = rounding_interval(a, a_decimals)
    low_b, high_b = rounding_interval(b, b_decimals)
    return low_a <= high_b and low_b <= high_a


# --- calendar -------------------------------------------------------------------------------------


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, monthrange(year, month)[1])


_DAY = timedelta(days=1)


def is_month_end(day: date) -> bool:
    """Whether the next day is the first of a month."""
    return day.day >= 28 and (day + _DAY).day == 1


def add_months(day: date, months: int) -> date:
    """The same day some months on; the last day of a month stays the last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    month += 1
    last = monthrange(year, month)[1]
    return date(year, month, last if is_month_end(day) else min(day.day, last))


def months_start(end: date, months: int) -> date:
    """First day of the ``months`` calendar months that end on ``end``."""
    return add_months(end, -months) + timedelta(days=1)


def fiscal_month(end: date, year_end: tuple[int, int] | None) -> tuple[int, int]:
    """Fiscal year, and its how manieth month (1 to 12), in which a period that ends on ``end`` ends.

    A date some days after a month's end (52/53-week years) counts as that month's end. Without ``year_end``: calendar years.
    """
    month, _ = year_end or (12, 31)
    near = end - timedelta(days=10) if end.day <= 7 else end
    return near.year + (1 if near.month > month else 0), (near.month - month - 1) % 12 + 1


def fiscal_label(start: date | None, end: date, year_end: tuple[int, int] | None) -> tuple[int, str]:
    """Fiscal year and period (Q1..Q4, H1, 9M, FY, or "" where it fits none) of inclusive dates.

    An instant is labelled with the quarter whose end it is; a date some days off the month's end
    (52/53-week years) counts as that month's end.
    """
    year, passed = fiscal_month(end, year_end)
    if start is None:
        return year, {3: "Q1", 6: "Q2", 9: "Q3", 12: "FY"}.get(passed, "")
    months = round((end - start).days / 30.44)
    if months == 3 and passed % 3 == 0:
        return year, f"Q{passed // 3}"
    return year, {(6, 6): "H1", (9, 9): "9M", (12, 12): "FY", (6, 12): "H2"}.get((months, passed), "")
