"""見守りのつながり図の文言。"""

TEXT: dict[str, str] = {
    # 担い手の一文字
    "network.letter.welfare_commissioner": "民",
    "network.letter.community_promoter": "推",
    "network.letter.neighbour": "町",
    "network.letter.casual_volunteer": "ボ",
    "network.letter.student": "学",
    "network.letter.npo": "N",
    "network.letter.company": "企",
    "network.letter.delivery_firm": "配",
    "network.letter.shop": "店",
    # 文
    "network.finding": "{name}：示せる {households} 世帯のうち {connected} 世帯（{share}）の気づきが、相談先まで届きます。",
    "network.finding_all": "{name}：示せる {households} 世帯すべての気づきが、相談先まで届きます。",
    "network.finding_nobody": "{name}：示せる世帯はありません。",
    "network.finding_reason": "届かない {missed} 世帯の主な理由は『{reason}』です。",
    "network.finding_key": "{id}（{kind}）が抜けると、{lost} 世帯が相談先から切れます。",
    "network.definition": (
        "「相談先まで届く」とは、訪問する人か気づく人がいて、その人の報告が、途切れずに相談先に着くことです。"
        "図と表は、この役割に示せる世帯だけで数えています。"
    ),
    "network.hidden": "ほかに {count} 世帯は、同意の段階により示していません（地区の合計には入っています）。",
    "network.outside": "場所がわからないか、図の外にいる担い手 {count} 人・団体は、地図に印がありません。",
    "network.reason.nobody": "報告先が決まっていない",
    "network.reason.out_of_office": "報告先が欠員・任期切れ",
    "network.reason.circle": "報告が輪になっている",
    "network.reason.no_watcher": "訪問する人も気づく人もいない",
    "network.end.nobody": "報告先が決まっていない",
    "network.end.out_of_office": "報告先が欠員・任期切れ",
    "network.end.circle": "報告が輪になっている",
    # 四つの数
    "network.figure.watched": "見守れている割合",
    "network.figure.connected": "相談先まで届く割合",
    "network.figure.one_way": "一人だけが頼りの世帯",
    "network.figure.broken": "相談先につながらない担い手",
    "network.population.district": "地区の {count} 世帯で",
    "network.population.shown": "示せる {count} 世帯で",
    "network.population.watchers": "担い手 {count} 人・団体のうち",
    # 凡例
    "network.legend.backed_up": "見守れていて控えもいる",
    "network.legend.broken": "相談先につながらない担い手",
    "network.legend.vacant": "欠員・任期切れ",
    "network.legend.ring": "抜けると {count} 世帯以上が切れる",
    "network.legend.small": "そのほかの担い手（文字を省略）",
    "network.legend.visit": "訪問の担当",
    "network.legend.lost_visit": "訪問の担当（相談先に届かない）",
    "network.legend.notice": "気づき（訪問のない世帯のみ）",
    "network.legend.report": "報告（矢印は報告先へ）",
    # 段の図
    "network.scheme.centre": "相談先",
    "network.scheme.reported_to": "報告を受ける人（抜けると切れる世帯）",
    "network.scheme.watchers": "その下の担い手（人・団体）",
    "network.scheme.households": "見守る世帯（うち見守れている・訪問が足りない）",
    "network.scheme.person": "{id}（{lost}）",
    "network.scheme.more": "ほか {count}",
    "network.map.person": "{id}（{lost} 世帯）",
    "network.scheme.direct": "じかに報告",
    "network.scheme.others": "ほか {count} 人の受け持ち",
    "network.scheme.other_centres": "ほかの相談先",
    "network.scheme.none": "相談先につながる担い手はいません。",
    "network.scheme.broken": "相談先につながっていません",
    "network.scheme.note": (
        "二人以上が見守る世帯は、それぞれの行に数えています。切れる世帯は、その人が抜けると、どこからも相談先に届かなくなる世帯です。"
    ),
    # 表
    "network.reasons": "見守れていない理由と手だて（地区の全世帯）",
    "network.key_people": "抜けると世帯が切れる人と、その報告の線",
    "network.chains": "報告のつながりの長さ",
    "network.parts": "相談先から離れているまとまり",
    "network.none": "ありません。",
    "network.more": "ほか {count} 件",
    "network.column.watcher": "担い手",
    "network.column.kind": "種類",
    "network.column.households": "見守る世帯",
    "network.column.lost": "切れる世帯",
    "network.column.reports_to": "報告先",
    "network.column.chain": "つながり",
    "network.column.watchers": "人・団体",
    "network.column.example": "例",
    "network.column.members": "担い手の番号",
    "network.centre": "相談先",
    "network.steps": "相談先まで {steps} 回の報告",
    # 紙
    "network.paper.title": "{name}（{code}）　見守りのつながり",
    "network.paper.restricted": "取扱注意・地区内限り",
    "network.paper.scale": "{size}で印刷したとき　1:{scale}",
    "network.paper.page": "{number} / {total}",
    "network.paper.rules": (
        "世帯と担い手は番号で書いています。地区の見守りのほかには使わず、写しを取らず、置き忘れないでください。"
    ),
    # 画面
    "network.title": "つながりの図",
    "network.switch": "図の種類",
    "network.picture.map": "地図で見る",
    "network.picture.scheme": "段で見る",
    "network.drawing": "図を描いています",
    "network.alt": "{name}の見守りのつながりの図",
    # コマンド
    "network.command.done": (
        "{name}：示せる {households} 世帯のうち {connected} 世帯（{share}）が相談先につながっています。"
        "この資料は地区内限りです。"
    ),
}
