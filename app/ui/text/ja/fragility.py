"""もろさ・見通し・担い手の種類の文言。"""

TEXT: dict[str, str] = {
    "outlook.title": "見通しと偏り",
    "outlook.heading": "{name} 見通しと偏り",
    "outlook.hint": "担い手が抜けたとき、これからの年、地区の偏り、空白の区域を見る",
    "outlook.section.label": "見る内容",
    "outlook.section.fragility": "もろさ",
    "outlook.section.forecast": "これから",
    "outlook.section.inequality": "偏り",
    "outlook.section.areas": "空白の区域",
    "outlook.section.kinds": "担い手の種類",
    # はじめの一文
    "outlook.finding.critical": "担い手 {watchers} 人・団体のうち {critical} は、抜けるとそれだけで {limit} "
    "世帯以上がその場で見守りを失います。",
    "outlook.finding.none_critical": "担い手 {watchers} 人・団体のどれが抜けても、その場で見守りを失うのは {limit} "
    "世帯未満です。",
    "outlook.finding.nobody": "訪問する担い手がいません。",
    "outlook.finding.re_election": "{day}の一斉改選のあとは、見守れている世帯が {today} から {expected} "
    "前後（{low}～{high}）に減る見込みです。",
    "outlook.finding.by_then": "{day}には、見守れている世帯が {today} から {expected} "
    "前後（{low}～{high}）に減る見込みです。",
    "outlook.finding.stays": "{day}になっても、見守れている世帯は {today} のままの見込みです。",
    # 四つの数
    "figure.critical": "支えが集中する担い手",
    "define.critical": "その人・団体だけが抜けたとき、控えに助けられず、その場で見守りを失う世帯が 10 以上ある担い手の数です。"
    "担当は今のままとします。",
    "figure.irreplaceable": "埋めきれない担い手",
    "define.irreplaceable": "抜けたあと、残る担い手で担当を一番よく決め直しても、できない訪問が残る担い手の数です。",
    "figure.expected_watched": "見守れる世帯の見込み",
    "define.expected_watched": "次の一斉改選のあと（任期の定めがなければ最後の年度末）に見守れている世帯の平均です。"
    "担い手は互いにかかわりなくやめるものとし、新しい割り当てはしないとして数えます。",
    "figure.never_watched": "どう組み替えても残る世帯",
    "define.never_watched": "今の同意と地区の決まりのもとで、担当をどう入れ替えても見守りきれない世帯の数の下限です。担い手の空きが足りずに残る世帯（最小カット）と、"
    "訪ねてよい担い手が届く所にいない世帯を足しています。",
    "outlook.unit.of_watchers": "{count} 人・団体のうち",
    "outlook.unit.of_households": "{count} 世帯中・{day}",
    "outlook.unit.at_least": "世帯（少なくとも）",
    # もろさ
    "outlook.visits": "必要な訪問は月 {needed} 回で、今届いているのは {delivered} 回です。"
    "今の同意と地区の決まりのまま、担当を一番よく決め直すと {best} 回まで届きます。",
    "outlook.bottlenecks": "担い手の空きが足りない所が {sets} か所（{households} 世帯）あり、どう割り当てても少なくとも {unwatched} 世帯は残ります"
    "（最小カットによる下限）。",
    "outlook.nobody_may": "ほかに {count} 世帯は、訪ねてよい担い手が届く所にいません。",
    "outlook.visits_short": "あわせて月 {visits} 回の訪問は、今の同意と地区の決まりのままではだれにもできません。",
    "outlook.no_bottlenecks": "担い手の空きが足りないために残る訪問はありません。",
    "outlook.whole_city": "市全体",
    "outlook.no_district": "地区外・市全体",
    "outlook.by_district": "地区ごとのもろさ",
    "outlook.by_district_note": "見出しに触れると意味が出ます。"
    "1～9 世帯は「<10」、担い手が 3 未満の地区は「–」とします。",
    "outlook.by_organisation": "組織がまるごと抜けたとき",
    "outlook.by_organisation_note": "「戻らない訪問/月」は、全員がいて担当を一番よく決めたときと比べた数です。"
    "今の訪問と比べた数ではないので、「すぐ失う訪問/月」を上回ることがあります。",
    "outlook.organisations_not_named": "ほかに {count} の組織は、担い手が 3 未満のため名前を示しません。",
    "outlook.no_organisations": "担い手が 3 以上の組織はありません。",
    "define.column.critical": "抜けるとその場で 10 世帯以上が見守りを失う担い手の数",
    "define.column.irreplaceable": "抜けたあと、ほかの担い手で担当を一番よく決め直しても、できない訪問が残る担い手の数",
    "define.column.sole_households": "その担い手が抜けるとその場で見守りを失う世帯（担い手ごとに数えた合計）",
    "define.column.most_lost": "一人が抜けたときにその場で見守りを失う世帯の、一番多い数",
    "define.column.terms_ending": "次の一斉改選までに任期が終わり、後任が要る担い手の数",
    "define.column.of_high_age": "次の一斉改選までに高い年齢（75 歳になる年）となり、後任が要る担い手の数",
    "define.column.lost_households_at_once": "組織の全員が抜けたとき、担当が今のままなら見守りを失う世帯",
    "define.column.lost_visits_at_once": "組織の全員が今している訪問（回/月）",
    "define.column.lost_visits_after": "残る担い手で担当を一番よく決め直しても、できなくなる訪問（回/月。一番よい割り当てと比べる）",
    "define.column.disconnected_households": "組織の全員が抜けると、気づきが相談先まで届かなくなる世帯",
    "column.watchers": "担い手",
    "column.critical": "支えが集中",
    "column.irreplaceable": "埋めきれない",
    "column.sole_households": "一人頼みの世帯",
    "column.most_lost": "一人で失う最大",
    "column.terms_ending": "任期終わり",
    "column.of_high_age": "高い年齢",
    "column.organisation": "組織",
    "column.lost_households_at_once": "すぐ失う世帯",
    "column.lost_visits_at_once": "すぐ失う訪問/月",
    "column.lost_visits_after": "戻らない訪問/月",
    "column.disconnected_households": "相談先から切れる世帯",
    # これから
    "outlook.forecast": "見守り対象 {households} 世帯のうち、見守れているのは今 {today} 世帯、{day}には {expected} 世帯の見込みです。"
    "改選のたびに全員が続けるか後任が見つかれば {best} 世帯、任期の終わる人と高い年齢の人がみな後任なしに抜ければ {worst} 世帯です。",
    "outlook.chart.title": "見守れている世帯の見込み",
    "outlook.chart.axis": "世帯",
    "outlook.chart.expected": "見込み",
    "outlook.chart.best": "最良",
    "outlook.chart.worst": "最悪",
    "outlook.chart.band": "5～95 %",
    "outlook.chart.re_election": "一斉改選 {day}",
    "outlook.chart.legend": "実線と丸＝見込み（平均）、帯＝引いた 1,000 とおりの 5～95 %、破線＝最良、点線＝最悪。",
    "column.day_ahead": "日",
    "column.event": "時点",
    "column.expected": "見込み",
    "column.band": "5～95 %",
    "column.best": "最良",
    "column.age_limit": "年齢で区切る",
    "column.worst": "最悪",
    "outlook.assumptions": "この見通しの前提",
    "outlook.assumption.not_reappointed": "任期の終わりに続けない人：31 %（民生委員の全国の値。どの種類の担い手にも当てはめる）",
    "outlook.assumption.stays_empty": "そのうち後任が見つからない持ち場：23 %（2025 年の全国の数から導いた値。高めに出る）",
    "outlook.assumption.yearly": "任期の途中で一年に抜ける人：75 歳になる年より前は 2 %、その年からは 5 %（置いた値。統計は見つからない）",
    "outlook.assumption.term": "任期は 3 年ごと（民生委員は法律。ほかの種類は置いた値）",
    "outlook.assumption.independent": "抜けるかどうかは人ごとに別々とし、新しい割り当てはしない。世帯と必要な訪問は今のまま",
    "outlook.assumption.cases": "最良：改選でだれも欠けない。年齢で区切る：見込みに加えて、任期が高い年齢で終わる人がみな抜ける。"
    "最悪：任期の終わる人と高い年齢の人がみな抜ける（年の途中に抜ける割合はどれも同じ）",
    "outlook.population": "担い手 {watchers} のうち、任期の定めがないのは {without}、生まれた年がわからないのは {unknown}、"
    "すでに高い年齢なのは {high} です。",
    # 担い手の種類
    "outlook.kinds": "活動中の担い手は {watchers} で、欠員は {vacant} です。訪問は月 {delivered} 回で、できる訪問（月 {capacity} "
    "回）の {share} です。",
    "outlook.kinds_note": "二つの種類が訪ねる世帯は両方に数えます。「主に見守る世帯」は一世帯を一度だけ数えます。1～9 世帯は「<10」、"
    "活動中が 3 未満の種類は「–」とします。",
    "column.posts": "持ち場",
    "column.in_office": "活動中",
    "column.vacant": "欠員",
    "column.capacity_visits": "できる訪問/月",
    "column.delivered_visits": "届けた訪問/月",
    "column.room_visits": "空き/月",
    "column.households_visited": "訪ねる世帯",
    "column.households_main": "主に見守る世帯",
    "column.households_noticed": "気づく世帯",
}
