"""空白の区域・偏り・集まりの文言。"""

TEXT: dict[str, str] = {
    "layer.mesh_250m": "250 m のます目",
    "layer.mesh_125m": "125 m のます目",
    "areas.cells_left_out": "世帯が 10 未満のます目 {cells} 個（あわせて {households} 世帯）は示していません。",
    "areas.grey": "灰色は、対象世帯がない区域か、世帯が少なく示さない区域です。",
    "areas.small_shapes": "区域が多いため、地図に名前を書いていません。重ねると出ます。太い線は校下・地区の境です。",
    # 偏り
    "areas.inequality": "見守れていない世帯の割合の地区による偏りは、ジニ係数 {gini}、タイル指数 {theil} です（0 はどこも同じ。"
    "{units} 地区、世帯数の重み）。",
    "areas.loads": "担い手の受け持ちの偏りはジニ係数 {gini} で、そのうち地区と地区の間の差は {between} です。",
    "areas.inequality.too_few": "偏りを測るには、世帯のある地区が二つ以上要ります。",
    "areas.inequality.all_zero": "見守れていない世帯がないため、偏りはありません。",
    "areas.formula": "ジニ係数 G = Σᵢ Σⱼ wᵢ wⱼ |xᵢ − xⱼ| / (2 W² μ)（Gini 1912、Sen 1973）。タイル指数 T = Σᵢ (wᵢ xᵢ / W μ) ln(xᵢ / μ)（Theil "
    "1967）。w は重み、W はその和、μ は重み付きの平均です。小さい地区は偶然でも差が出て、その分も指数に"
    "入ります。下の「偶然との見分け」は区域の並び方を調べたもので、差のどれだけが偶然かには答えません。",
    "areas.indices": "偏りの指数",
    "areas.by_district": "地区ごとの割合と受け持ち",
    "areas.by_district_note": "1～9 世帯は「<10」とし、そこから割り出せる割合と、担い手が 3 未満の地区の受け持ちは「–」とします。"
    "受け持ちは、その地区に属する担い手の分です。",
    "areas.status.too_few": "数が足りない",
    "areas.status.all_zero": "すべて 0",
    "areas.measure.share_missed": "見守れていない割合（世帯数の重み）",
    "areas.measure.share_need_missed": "見守れていない割合（必要度の重み）",
    "areas.measure.capacity_per_need": "必要な訪問 1 回あたりのできる訪問（地区）",
    "areas.measure.load": "受け持ち（担い手ごと、回/月）",
    "areas.measure.share_used": "できる訪問のうち使った割合（担い手ごと）",
    "column.measure": "測るもの",
    "column.units": "数えた数",
    "column.mean": "平均",
    "column.gini": "ジニ係数",
    "column.theil": "タイル指数",
    "column.between": "地区の間の差",
    "define.column.load_per_watcher": "地区に属する担い手一人あたりの、今している訪問（回/月）",
    "define.column.share_used": "地区に属する担い手のできる訪問のうち、今している訪問の割合",
    "define.column.capacity_per_need": "地区に属する担い手のできる訪問を、地区の世帯に必要な訪問で割ったもの（1 未満なら足りない）",
    "define.column.share_need_missed": "必要度（重み）で見た、見守れていない割合",
    "define.column.need_missed": "見守れていない世帯に必要な訪問（重み付き、回/月）",
    "define.column.p_adjusted": "これを集まりと呼んだときの、誤りの見込み（Benjamini–Hochberg で正した p）",
    "column.load_per_watcher": "一人の受け持ち/月",
    "column.share_used": "使った割合",
    "column.capacity_per_need": "できる÷要る訪問",
    "column.share_need_missed": "その割合（必要度）",
    # 集まり
    "areas.clusters": "偶然との見分け",
    "areas.clusters.found": "{layer} {tested} のうち {found} が、偶然では説明しにくい集まりや外れです。残る {chance} "
    "のまわりでは、似た割合の区域の集まり方は偶然で説明できる範囲です（区域ごとの割合の差や高低を調べたものではありません）。",
    "areas.clusters.none": "{layer} {tested} のうち、集まりと名指しできる区域はありません。どの区域のまわりも、似た割合の区域の集まり方は"
    "偶然で説明できる範囲です（区域ごとの割合の差を調べたものではありません）。割合が低いという意味ではありません。",
    "areas.clusters.only_overall": "市全体では、割合の並び方に傾向があります（p が 0.05 未満）。ただし、どこと名指しできる区域はありません。",
    "areas.clusters.untested": "調べられる区域が足りず、偶然と見分けられません。",
    "areas.clusters.global": "全体では、似た割合が隣り合う傾向はモラン指数 {i}（p = {p}）です。",
    "areas.clusters.method": "局所モラン指数（Anselin 1995）を、ほかの区域の値を 9,999 回配り直して（種 2025）調べ、多くの区域を一度に調べる分を "
    "Benjamini–Hochberg（1995）で正し、誤りの見込みが 5 % 以下のものだけを示します。調べていない区域：{untested}"
    "（世帯が 10 未満、隣に区域がない、など）。",
    "areas.legend.clusters": "偶然では説明しにくい集まり（{layer}別）",
    "areas.legend.sign": "{sign} {text}",
    "areas.named": "偶然では説明しにくい区域",
    "column.cluster": "見分けた結果",
    "column.p_adjusted": "調整済み p",
    # 空白の区域
    "areas.finding": "見守れていない {missed} 世帯のうち {inside} 世帯は、{count} の空白の区域にまとまっています。"
    "次の一手は{remedies} です。",
    "areas.remedy_count": "「{remedy}」が {count}",
    "areas.none": "10 世帯以上がまとまって見守れていない区域はありません。",
    "areas.restricted": "取扱注意：見守れていない世帯の集まりを示す図です。印刷や庁外への持ち出しはしないでください。",
    "areas.choose": "地図の区域か、表の行を選ぶと、理由の内訳と次の一手が出ます。",
    "areas.card": "{name} {id}：見守り対象 {households} 世帯のうち {missed} 世帯（{share}）が見守れていません。見守れていない世帯に必要な訪問は、"
    "重み付きで月 {need} 回です。次の一手は「{remedy}」です。",
    "areas.left_out": "区域に入らない見守れていない世帯：世帯の少ないます目 {thin}、割合が 45 % 未満のます目 {below}、"
    "小さくて示せないまとまり {left_out}、位置のわからない世帯 {without}。",
    "areas.legend.remedies": "次の一手（数字は見守れていない世帯）",
    "areas.short.act": "動く",
    "areas.short.ask": "たずねる",
    "areas.short.recruit": "募る",
    "areas.short.strengthen": "固める",
    "column.area_id": "区域番号",
    "column.district": "地区",
    "column.need_missed": "必要な訪問/月",
}
