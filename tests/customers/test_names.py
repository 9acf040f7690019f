"""What is derived from a name: comparable form, pinyin, initials."""

import pytest

from customers.names import derive_name_fields, spell


class TestDeriveNameFields:
    @pytest.mark.parametrize(
        ("name", "initials", "pinyin"),
        [
            (
                "宁波华锐精密机械有限公司",
                "nbhrjmjxyxgs",
                "ning bo hua rui jing mi ji xie you xian gong si",
            ),
            ("示例（上海）科技", "slshkj", "shi li shang hai ke ji"),
            ("重庆长城ABC 厂", "cqccac", "chong qing chang cheng abc chang"),
            ("Société Générale", "sg", "societe generale"),
            ("3M 中国", "3zg", "3m zhong guo"),
        ],
    )
    def test_spells_names_of_every_kind(self, name, initials, pinyin):
        fields = derive_name_fields(name)
        assert fields["pinyin_initials"] == initials
        assert fields["pinyin"] == pinyin

    def test_compares_legal_forms_and_brackets_alike(self):
        a = derive_name_fields("示例（上海）科技有限责任公司")["normalised_name"]
        b = derive_name_fields("示例(上海) 科技有限公司")["normalised_name"]
        assert a == b == "示例上海科技有限公司"

    def test_fits_the_columns_whatever_the_length(self):
        fields = derive_name_fields("锐" * 400)
        assert len(fields["normalised_name"]) == 200
        assert len(fields["pinyin"]) <= 600
        assert len(fields["pinyin_initials"]) == 200

    def test_has_nothing_to_spell_in_punctuation(self):
        assert spell("!!! …") == []
