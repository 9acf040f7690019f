"""Names, places and trades of the sample portfolio. None is real; each says that it is a sample."""

from dataclasses import dataclass
from random import Random

from common.identifiers import make_uscc


@dataclass(frozen=True)
class Place:
    zh: str
    en: str
    region: str
    code: str  # administrative division, for the sample registration number


@dataclass(frozen=True)
class Trade:
    zh: str
    en: str
    industry: str  # GB/T 4754
    ticket: float  # typical net invoice, CNY


PLACES = (
    Place("宁波", "Ningbo", "EAST", "330200"),
    Place("苏州", "Suzhou", "EAST", "320500"),
    Place("无锡", "Wuxi", "EAST", "320200"),
    Place("杭州", "Hangzhou", "EAST", "330100"),
    Place("合肥", "Hefei", "EAST", "340100"),
    Place("青岛", "Qingdao", "EAST", "370200"),
    Place("东莞", "Dongguan", "SOUTH", "441900"),
    Place("佛山", "Foshan", "SOUTH", "440600"),
    Place("厦门", "Xiamen", "SOUTH", "350200"),
    Place("南宁", "Nanning", "SOUTH", "450100"),
    Place("天津", "Tianjin", "NORTH", "120100"),
    Place("沈阳", "Shenyang", "NORTH", "210100"),
    Place("石家庄", "Shijiazhuang", "NORTH", "130100"),
    Place("长沙", "Changsha", "CENTRAL", "430100"),
    Place("武汉", "Wuhan", "CENTRAL", "420100"),
    Place("郑州", "Zhengzhou", "CENTRAL", "410100"),
    Place("成都", "Chengdu", "WEST", "510100"),
    Place("重庆", "Chongqing", "WEST", "500100"),
    Place("西安", "Xi'an", "WEST", "610100"),
)
TRADES = (
    Trade("精密机械", "Precision Machinery", "C3429", 92_000),
    Trade("电子", "Electronics", "C3989", 74_000),
    Trade("建材", "Building Materials", "C3039", 61_000),
    Trade("包装", "Packaging", "C2231", 28_000),
    Trade("化工", "Chemicals", "C2669", 83_000),
    Trade("纺织", "Textiles", "C1751", 46_000),
    Trade("医疗器械", "Medical Devices", "C3589", 68_000),
    Trade("食品", "Foods", "C1499", 33_000),
    Trade("汽车配件", "Auto Parts", "C3670", 88_000),
    Trade("环保设备", "Environmental Equipment", "C3591", 105_000),
    Trade("商贸", "Trading", "F5199", 52_000),
    Trade("物流", "Logistics", "G5810", 24_000),
    Trade("工程", "Engineering", "E4899", 120_000),
    Trade("软件", "Software", "I6513", 42_000),
)
WORDS = (
    ("华锐", "Huarui"), ("鼎泰", "Dingtai"), ("顺发", "Shunfa"), ("明辉", "Minghui"),
    ("兴业", "Xingye"), ("伟来", "Weilai"), ("瑞丰", "Ruifeng"), ("恒信", "Hengxin"),
    ("金石", "Jinshi"), ("博远", "Boyuan"), ("宏图", "Hongtu"), ("立新", "Lixin"),
    ("天成", "Tiancheng"), ("嘉禾", "Jiahe"), ("通达", "Tongda"), ("海纳", "Haina"),
    ("锦程", "Jincheng"), ("开源", "Kaiyuan"), ("永盛", "Yongsheng"), ("正阳", "Zhengyang"),
    ("东升", "Dongsheng"), ("科瑞", "Kerui"), ("润泽", "Runze"), ("盛和", "Shenghe"),
)  # fmt: skip
SURNAMES = (
    ("王", "Wang"), ("李", "Li"), ("张", "Zhang"), ("刘", "Liu"), ("陈", "Chen"),
    ("杨", "Yang"), ("赵", "Zhao"), ("黄", "Huang"), ("周", "Zhou"), ("吴", "Wu"),
    ("徐", "Xu"), ("孙", "Sun"), ("胡", "Hu"), ("朱", "Zhu"), ("林", "Lin"),
)  # fmt: skip
GIVEN = (
    ("伟", "Wei"), ("芳", "Fang"), ("娜", "Na"), ("敏", "Min"), ("静", "Jing"), ("磊", "Lei"),
    ("洋", "Yang"), ("艳", "Yan"), ("勇", "Yong"), ("杰", "Jie"), ("娟", "Juan"), ("涛", "Tao"),
    ("霞", "Xia"), ("平", "Ping"), ("刚", "Gang"),
)  # fmt: skip
BANKS = ("示例工商银行", "示例建设银行", "示例招商银行", "示例农业银行")
_BODY = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True)
class CompanyName:
    zh: str
    en: str
    short: str
    place: Place
    trade: Trade


def name_company(index: int, rng: Random) -> CompanyName:
    """Name the company at `index`; no two of a portfolio have the same name."""
    place, trade = rng.choice(PLACES), rng.choice(TRADES)
    zh, en = WORDS[index % len(WORDS)]
    lap = index // len(WORDS)
    # Word and lap together are unique; the lap is told by a second word, then by a number.
    second_zh, second_en = WORDS[(index + lap) % len(WORDS)] if lap else ("", "")
    number = lap // len(WORDS) + 1 if lap >= len(WORDS) else 0
    tail = f"第{number}" if number else ""
    words = ("Sample", place.en, en, second_en, str(number or ""), trade.en, "Co., Ltd.")
    return CompanyName(
        zh=f"示例{place.zh}{zh}{second_zh}{tail}{trade.zh}有限公司",
        en=" ".join(filter(None, words)),
        short=f"示例{zh}{second_zh}{tail}",
        place=place,
        trade=trade,
    )


def name_person(rng: Random) -> tuple[str, str]:
    """Return a person's Chinese and Latin name."""
    family, given = rng.choice(SURNAMES), rng.choice(GIVEN)
    return f"{family[0]}{given[0]}", f"{given[1]} {family[1]}"


def make_registration(index: int, place: Place) -> str:
    """Return a registration number with right check characters, unlike any other of the portfolio."""
    body, rest = [], index
    for _ in range(6):
        rest, digit = divmod(rest, len(_BODY))
        body.append(_BODY[digit])
    return make_uscc("9", "1", place.code, "MA" + "".join(reversed(body)))
