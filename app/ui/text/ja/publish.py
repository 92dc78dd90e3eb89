"""公表：手順、報告、公表した一覧。"""

TEXT = {
    "paper.council.draft": "下書き（公表前）",
    "publish.title": "公表する",
    "published.title": "公表した資料",
    "publish.heading": "公表する資料をつくる",
    "publish.intro": (
        "地区別の表、合算した区域の地図、議会資料をつくり、これまでに公表したものと合わせて、隠した数が分からないかを試してから公表します。"
        "一つでも分かるときは、何も公表しません。"
    ),
    "publish.try": "試してみる",
    "publish.tried": "試した結果",
    "publish.only_tried": "試しただけです。何も書かず、公表もしていません。",
    "publish.confirm": "公表した数は取り消せません。この内容で公表します",
    "publish.button": "公表する",
    "publish.done": "公表しました（第{number}号）。「公表した資料」から受け取れます。",
    "publish.passed": (
        "隠した数を割り出せるか、公表資料 {releases} 回分を合わせて試しました：割り出せた数 {exact}。"
        "隠した数には、どれも {demanded} 通り以上の可能性が残ります。"
    ),
    "publish.hidden": (
        "地区の表で示す数 {printed}、隠す数 {hidden}。合算した区域 {areas} のうち、区分を示さない区域 {blank}。"
    ),
    "publish.also": "合わせて公表する表と地図",
    "publish.also.help": "地区とずれる区域です。差し引きで少ない数が分かるところは表示しません。地区の表は変わりません。",
    "publish.sheet": "議会資料をつくる",
    "publish.layer.school": "小学校区",
    "publish.layer.neighbourhood": "町会・町丁",
    "publish.layer.mesh": "500 mメッシュ",
    "publish.and": "、",
    "publish.further": "合わせて公表する区域（{layers}）の表で示す数 {printed}、隠す数 {hidden}。{found}",
    "publish.suppression.optimal": "隠す数をこれより少なくする方法はありません。",
    "publish.suppression.feasible": "隠す数をもっと少なくできるかもしれません。",
    "publish.suppression.nothing_to_do": "少ない数のほかに隠すものはありませんでした。",
    "publish.suppression.infeasible": "地区の表から少ない数が分かるおそれがあるため、すべて隠しました。",
    "publish.method_layers": (
        "合わせて公表する区域：{layers}。地区の表と重ねて差し引いても少ない数が分からないように、少ない数のほかにもいくつかの数を示していません。"
        "地区の表は、これらを公表しないときと同じです。メッシュでは見守り対象世帯の数だけを示し、見守りが足りない世帯の数は示しません。\n\n"
        "ファイル：{files}。"
    ),
    "publish.what": "項目",
    "publish.number": "数",
    "publish.report.districts": "地区",
    "publish.report.joined_areas": "合算した区域",
    "publish.report.district_counts_printed": "地区の表で示す数",
    "publish.report.district_counts_hidden": "地区の表で隠す数",
    "publish.report.city_counts_hidden": "全市の表で隠す数",
    "publish.report.joined_areas_without_class": "区分を示さない区域",
    "publish.report.releases_joined": "合わせて試した公表の回数（今回を含む）",
    "publish.report.rounds": "隠す数を増やして試した回数",
    "publish.release": "第{number}号　{day}現在　{season}　ファイル {files} 点",
    "publish.none": "公表した資料はまだありません。",
    "publish.no_district": "どの地区にも入らない世帯",
    "publish.real": "登録データ",
    "publish.column.name": "地区",
    "publish.column.area": "区域",
    "publish.column.households": "見守り対象世帯（世帯）",
    "publish.column.watched": "見守られている世帯（世帯）",
    "publish.column.gap": "見守りが足りない世帯（世帯）",
    "publish.column.class": "区分（数を示さない地区）",
    "publish.class.mostly_watched": "3分の2以上が見守られている",
    "publish.class.less_watched": "見守られている世帯が3分の2より少ない",
    "published.heading": "公表した資料",
    "published.choose": "公表の号",
    "published.city": "全市",
    "published.districts": "地区",
    "published.files": "ファイル",
    "published.hidden": "「–」は、個人が推測されるおそれがあるため表示しないものです。",
    "progress.publish_count": "公表する数を数えています",
    "progress.publish_suppress": "隠す数を選んでいます",
    "progress.publish_attack": "隠した数を割り出せないか試しています",
    "progress.publish_print": "議会資料を描いています",
    "publish.method": (
        "# 公表した数のつくり方（{name}）\n\n"
        "{day}現在、{season}、{note}。単位は世帯です。{watched}\n\n"
        "- 全市、地区（校下・地区）の数を示します。少ない数、またはほかの数との差から少ない数が分かる数は、示しません。\n"
        "- 地区より小さい所は、同じ地区の中で隣り合う所を合わせた「合算した区域」で、見守られている世帯が3分の2以上かどうかの区分だけを示します。"
        "区域は、見守り対象の世帯の数と地形だけで決め、見守りの状況では決めません。\n"
        "- 「–」は、個人が推測されるおそれがあるため表示しないものです。理由にかかわらず同じ記号にしています。\n"
        "- 区域と示さない項目は年度のうちは変えず、示さない項目が増えることだけがあります。年度が変わると区域をつくり直し、前の区域は示しません。\n"
        "- 公表の前に、この資料とこれまでに公表した資料のすべての数・区分・合計を使って、示さない数を割り出せるかを計算で試しています"
        "（結果は audit.json）。示さない数は、どれも割り出せませんでした。\n\n"
        "ファイル：districts.csv（地区）、joined_areas.csv と joined_areas.geojson（合算した区域）、city.csv（全市と理由の内訳）、"
        "council.pdf と council.png（議会資料。数は表と同じです）。"
    ),
}
