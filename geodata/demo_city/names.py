"""Invented place names with their kana. None of them is meant to be a real place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# written:kana; every pair of a first and a second part is a name
FIRST = (
    "霞:かすみ 葵:あおい 藍:あい 雫:しずく 椿:つばき 楓:かえで 茜:あかね 紬:つむぎ"
    " 梓:あずさ 蛍:ほたる 暁:あかつき 鶯:うぐいす 鴎:かもめ 雲雀:ひばり 琥珀:こはく 常盤:ときわ"
    " 千草:ちぐさ 若葉:わかば 白銀:しろがね 浅葱:あさぎ 萌黄:もえぎ 桔梗:ききょう 山吹:やまぶき 朝凪:あさなぎ"
    " 夕凪:ゆうなぎ 遠野:とおの 星見:ほしみ 月影:つきかげ 風待:かざまち 花守:はなもり 鳴海:なるみ 水無:みな"
    " 雪代:ゆきしろ 笹舟:ささふね 糸葉:いとは 真砂:まさご"
)
SECOND = (
    "ケ原:がはら 沢:さわ 瀬:せ 坂:さか 里:さと 橋:ばし 岸:ぎし 台:だい 丘:がおか 森:もり 浦:うら"
    " 谷:だに 崎:ざき 窪:くぼ 井:い 畑:はた 堤:つつみ 塚:づか 渡:わたり 峰:みね"
)
BEFORE = "東:ひがし 西:にし 南:みなみ 北:きた 上:かみ 下:しも"
DIGITS = "〇一二三四五六七八九"
DIGIT_KANA = ("", "いっ", "に", "さん", "よん", "ご", "ろく", "なな", "はっ", "きゅう")


@dataclass(frozen=True)
class Names:
    """Written names and kana, side by side."""

    written: np.ndarray
    kana: np.ndarray


def invent_names(count: int, rng: np.random.Generator) -> Names:
    """Return ``count`` different names; beyond the stock of pairs, with 東, 西 … before them."""
    first, second = (_pairs(text) for text in (FIRST, SECOND))
    plain = [(a + b, x + y) for a, x in first for b, y in second]
    order = [plain[i] for i in rng.permutation(len(plain))]
    befores = [("", ""), *_pairs(BEFORE)]
    stock = [(before + name, sound + kana) for before, sound in befores for name, kana in order]
    chosen = [stock[i % len(stock)] for i in range(count)]
    rounds = ["" if i < len(stock) else str(i // len(stock) + 1) for i in range(count)]
    return Names(
        np.array([name + number for (name, _), number in zip(chosen, rounds, strict=True)]),
        np.array([kana + number for (_, kana), number in zip(chosen, rounds, strict=True)]),
    )


def number_towns(names: Names, group: np.ndarray) -> Names:
    """Name the members of each group 一丁目, 二丁目 … after the group's name."""
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    number = np.empty(len(group), int)
    number[order] = np.arange(len(group)) - np.repeat(starts, np.diff([*starts, len(group)])) + 1
    written = [f"{names.written[g]}{kanji_number(n)}丁目" for g, n in zip(group, number, strict=True)]
    kana = [f"{names.kana[g]}{_number_kana(n)}ちょうめ" for g, n in zip(group, number, strict=True)]
    return Names(np.array(written), np.array(kana))


def kanji_number(number: int) -> str:
    """Write 1 to 99 in kanji as in town names; larger numbers digit by digit."""
    if number > 99:
        return "".join(DIGITS[int(digit)] for digit in str(number))
    tens, ones = divmod(number, 10)
    before = "" if tens == 0 else "十" if tens == 1 else DIGITS[tens] + "十"
    return before + (DIGITS[ones] if ones else "")


def _number_kana(number: int) -> str:
    if number > 99:
        return str(number)
    tens, ones = divmod(number, 10)
    ten = "じゅっ" if ones == 0 else "じゅう"
    before = "" if tens == 0 else ten if tens == 1 else DIGIT_KANA[tens].replace("はっ", "はち") + ten
    return before + DIGIT_KANA[ones]


def _pairs(text: str) -> list[tuple[str, str]]:
    return [tuple(word.split(":")) for word in text.split()]
