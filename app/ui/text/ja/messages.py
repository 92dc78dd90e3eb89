"""エラーと取り込みの指摘の文言：英語の文（値の入る所は {名前}）と、その日本語。"""

MESSAGES: tuple[tuple[str, str], ...] = (
    # 同意と共有の決まり
    (
        "Expected a role that may do this, got {role}. Ask the administrator.",
        "この役割（{role}）ではできません。管理者に頼んでください。",
    ),
    (
        "Expected a reason for what is asked for, got none. Write it in a few words.",
        "申し出の理由がありません。短く書いてください。",
    ),
    (
        "Expected a second person's leave for exactly this, got none. Ask for it and let another approve.",
        "これについて、もう一人の承認がありません。申し出て、別の人の承認を受けてください。",
    ),
    (
        "Expected a request that waits, got one decided or run out. Look at the list again.",
        "この申し出は、もう決まっているか、期限が過ぎています。一覧を見直してください。",
    ),
    (
        "Expected a second person, got the one who asked. Let another administrator decide.",
        "申し出た本人は決められません。別の管理者が決めてください。",
    ),
    (
        "Expected {name} in {known}, got {value}.",
        "「{name}」は {known} のどれかにしてください（今は {value}）。",
    ),
    ("Expected media of {known}, got {value}.", "媒体は {known} から選んでください（今は {value}）。"),
    (
        "Expected least_level from 0 to 4, got {level}.",
        "必要な同意の段階は 0〜4 にしてください（今は {level}）。",
    ),
    (
        "Expected level 0 in a disaster only, got it in ordinary times: a refusal binds.",
        "段階 0 は災害のときだけです。ふだんは、同意しないとの申し出に従います。",
    ),
    (
        "Expected basis 49-11-3 with phase disaster, and only with it.",
        "根拠 49-11-3 は、災害のときの決まりだけに使います。",
    ),
    (
        "Expected level 2 or more on the ground of consent, got less.",
        "本人の同意を根拠にする決まりは、段階 2 以上にしてください。",
    ),
    ("Expected the article of the ordinance, got none.", "条例を根拠にするときは、条文を書いてください。"),
    (
        "Expected area own_district for a coordinator, got a wider one.",
        "地区コーディネーターの範囲は、自分の地区だけです。",
    ),
    (
        "Expected a rule that is new, got one that stands already. Change what it says.",
        "同じ決まりがもうあります。内容を変えてください。",
    ),
    (
        "Expected a rule in force, got none of this name. Look at the list again.",
        "その名前の有効な決まりはありません。一覧を見直してください。",
    ),
    (
        "Expected a proposed rule, got another request. Choose one of the list.",
        "決まりの申し出ではありません。一覧から選んでください。",
    ),
    (
        "Expected a declared disaster, got another request. Choose one of the list.",
        "災害の宣言ではありません。一覧から選んでください。",
    ),
    (
        "Expected a last day within {most} days from today, got {day}. Declare it again if it lasts longer.",
        "最後の日は、今日から {most} 日以内にしてください（今は {day}）。長引くときは、もう一度宣言してください。",
    ),
    (
        "Expected yes, no or none as answer, got {answer}. Choose one.",
        "回答は「同意する」「同意しない」「回答なし」のどれかにしてください（今は {answer}）。",
    ),
    (
        "Expected where the signed form is kept, got nothing. Write its number.",
        "同意書の番号がありません。保管している場所や番号を書いてください。",
    ),
    (
        "Expected the answers just shown, got a newer one of this household. Look at it again.",
        "表示したあとに、この世帯の新しい回答が記録されました。もう一度見てください。",
    ),
    (
        "Expected rules without a fault, got {count} with one: row {row}: {reason}",
        "決まりのうち {count} 件に誤りがあります。{row} 行目：{reason}",
    ),
    (
        "Expected households of {district} that the rules let stand on paper, got none. Look at the sharing rules.",
        "地区 {district} には、紙に載せてよい世帯がありません。共有の決まりを確かめてください。",
    ),
    (
        "Expected a declared disaster, got none. Nothing was changed.",
        "災害は宣言されていません。何も変えていません。",
    ),
    (
        "Expected a level from 1 to 4 with a yes or no answer yet, and 0 with a refusal. Correct it.",
        "同意か無回答なら段階 1〜4、同意しないなら 0 にしてください。",
    ),
    ("Expected a day that has come, got a later one. Correct it.", "まだ来ていない日は入れられません。"),
    (
        "Expected a known household, got another id. Look it up again.",
        "その番号の世帯は登録されていません。番号を確かめてください。",
    ),
    (
        "Expected item in {known}, got {value}. Use one of them.",
        "項目は {known} のどれかにしてください（今は {value}）。",
    ),
    ("Expected words of {known}.", "{known} の中から書いてください。"),
    ("Expected level 0 or nothing with a refusal.", "同意しないときの段階は 0 か空欄にしてください。"),
    ("Expected the article that presumes consent.", "同意があるとみなす条文を書いてください。"),
    (
        "Expected one row for a household and day, got several. Remove or merge them.",
        "同じ世帯・同じ日の行がいくつもあります。一つにしてください。",
    ),
    # 書字の向きを変える記号
    (
        "Expected at most {rows} rows and {cells} cells, got more in '{name}'. Split the file.",
        "「{name}」は {rows} 行・{cells} セルまでです。これを超えています。分けてください。",
    ),
    (
        "Expected at most {most} GB decoded, got more in '{name}'. Do not use it; ask its sender.",
        "「{name}」は展開すると {most} GB を超えます。使わずに、送り主に確かめてください。",
    ),
    # 転出・消去・バックアップ
    (
        "Expected no household that was erased, got {count}: {ids}. Leave them out; who moved back gets a new id.",
        "消去した世帯が {count} 世帯含まれています（{ids}）。ファイルから除いてください。戻ってきた世帯には新しい番号を付けてください。",
    ),
    (
        "Expected known households, got {count} unknown. Correct the ids.",
        "登録のない世帯番号が {count} 件あります。番号を確かめてください。",
    ),
    (
        "Expected 0 to {most} days, got {days}. Give another number.",
        "保存期間は 0〜{most} 日で指定してください（指定は {days} 日です）。",
    ),
    (
        "Expected a household's id in each row of '{name}', got {count} rows without. Correct them.",
        "「{name}」に、世帯番号のない行か、番号として使えない行が {count} 行あります。直してください。",
    ),
    (
        "Expected households that leave, got none. Name their ids or give --file.",
        "終了する世帯が指定されていません。世帯番号を並べるか、--file でファイルを指定してください。",
    ),
    (
        "Expected the administrator or the machine's operator, got the role {role}. Ask one of them.",
        "この操作は管理者か、この機械を動かす人だけができます（今の役割：{role}）。その人に頼んでください。",
    ),
    (
        "Expected a new file, got '{name}', which exists. Give another name.",
        "「{name}」はすでにあります。別の名前を付けてください。",
    ),
    (
        "Expected a backup called '{name}', got no file. Check the path.",
        "「{name}」というバックアップはありません。場所と名前を確かめてください。",
    ),
    (
        "Expected a role that reads every row of all tables, got one that may not. "
        "Use the one that owns them, with BYPASSRLS.",
        "表のすべての行を読む権限がありません。表の所有者で、行の制限を受けない権限（BYPASSRLS）のものを使ってください。",
    ),
    (
        "Expected PostgreSQL's {program} on this machine, got none. "
        "Install its client programs, or use the server's own backups.",
        "この機械に PostgreSQL の {program} がありません。PostgreSQL のクライアントを入れるか、サーバー側のバックアップを使ってください。",
    ),
    (
        "Expected the backup's passphrase in {name}, got no file. Correct the path.",
        "バックアップの合い言葉のファイル「{name}」がありません。場所を確かめてください。",
    ),
    (
        "Expected the passphrase file {name} readable by its owner only, got wider rights. Run: chmod 600 on it.",
        "合い言葉のファイル「{name}」をほかの人も読めます。所有者だけが読めるようにしてください（chmod 600）。",
    ),
    (
        "Expected the backup's passphrase, got none. Give --passphrase-file or set MIMAMORI_BACKUP_PASSPHRASE.",
        "バックアップの合い言葉がありません。--passphrase-file で指定するか、MIMAMORI_BACKUP_PASSPHRASE に入れてください。",
    ),
    (
        "Expected a backup of this program, got another file. Choose the right one.",
        "これはこのプログラムのバックアップではありません。正しいファイルを選んでください。",
    ),
    (
        "Expected this backup's passphrase and a file nobody changed, got one that does not open. "
        "Try the right passphrase, or an older backup.",
        "バックアップを開けません。合い言葉が違うか、ファイルが変わっています。正しい合い言葉か、前のバックアップで試してください。",
    ),
    (
        "Expected a passphrase of at least {least} letters, got {letters}. Make a longer one.",
        "合い言葉は {least} 文字以上にしてください（今は {letters} 文字です）。",
    ),
    (
        "Expected a backup of {kind}, got one of {other}. Restore it to a database of its kind.",
        "このバックアップは {other} のもので、{kind} には戻せません。同じ種類のデータベースに戻してください。",
    ),
    (
        "Expected a backup of this version or an older one, got version {version}. "
        "It was made by a newer program; use that one.",
        "このバックアップは、より新しいプログラム（版 {version}）で作られています。そのプログラムで戻してください。",
    ),
    (
        "Expected no database at {name}, got one. Say --replace to put the backup in its place.",
        "「{name}」にはすでにデータベースがあります。置き換えるなら --replace を付けてください。",
    ),
    (
        "Expected an empty database on the server, got one with tables. "
        "Make a new one, restore to it, and point the program there.",
        "サーバーのデータベースが空ではありません。新しいデータベースを作って戻し、プログラムの接続先をそこに変えてください。",
    ),
    (
        "Expected pg_restore to take the backup, got an error and wrote nothing. "
        "Use a role that may create tables and PostGIS.",
        "バックアップを戻せませんでした（何も書いていません）。表と PostGIS を作れる権限で行ってください。",
    ),
    (
        "Expected a backup of this installation, got one with another secret. Restore it to a new place.",
        "このバックアップは別の設置のものです。新しい場所に戻してください。",
    ),
    (
        "Expected the rows the backup says it has, got others. Do not use it; take an older one.",
        "戻した行が、バックアップの記録と合いません。使わずに、前のバックアップで試してください。",
    ),
    (
        "Expected nobody to use {name}, got somebody. Stop the dashboard and other commands first.",
        "「{name}」をほかの人が使っています。先に画面とほかのコマンドを止めてください。",
    ),
    # ファイルを開く
    (
        "Expected a known layer, got '{layer}'. Choose from {layers}.",
        "「{layer}」という種類はありません。{layers} から選んでください。",
    ),
    (
        "Expected at least one file for '{layer}', got none. Name the file.",
        "「{layer}」のファイルが指定されていません。ファイル名を指定してください。",
    ),
    (
        "Expected a file, got none called '{name}'. Check the path.",
        "「{name}」というファイルはありません。場所と名前を確かめてください。",
    ),
    (
        "Expected rows in '{name}', got an empty file. Export it again.",
        "「{name}」は中身が空です。もう一度書き出してください。",
    ),
    (
        "Expected features in '{name}', got an empty file. Export it again.",
        "「{name}」は中身が空です。もう一度書き出してください。",
    ),
    (
        "Expected features in '{name}', got none. Export it again.",
        "「{name}」に図形がありません。もう一度書き出してください。",
    ),
    (
        "Expected at least one row in '{name}', got only headings. Export it again.",
        "「{name}」には見出しだけで、データの行がありません。もう一度書き出してください。",
    ),
    (
        "Expected headings in the first row of '{name}', got none. Add them.",
        "「{name}」の1行目に見出しがありません。見出しを付けてください。",
    ),
    (
        "Expected a .csv or .xlsx file, got '{name}'. Save it as one of these.",
        "「{name}」は読めない形式です。CSV（.csv）か Excel（.xlsx）で保存してください。",
    ),
    (
        "Expected a .shp, .geojson, .topojson, .gpkg or .zip file, got '{name}'. Convert it.",
        "「{name}」は読めない形式です。.shp、.geojson、.topojson、.gpkg、.zip のどれかに変換してください。",
    ),
    (
        "Expected '{name}' to hold what its ending says, got something else. Export it again.",
        "「{name}」の中身が、拡張子の示す形式と違います。もう一度書き出してください。",
    ),
    (
        "Expected a readable map file, got '{name}': {detail}",
        "「{name}」を地図のファイルとして読めません。もう一度書き出してください。（詳細：{detail}）",
    ),
    (
        "Expected GeoJSON in '{name}', got other text. Export it again.",
        "「{name}」は GeoJSON ではありません。もう一度書き出してください。",
    ),
    (
        "Expected a layer of the right columns in '{name}', got none. Unpack it.",
        "「{name}」の中に、必要な列をもつ層が見つかりません。解凍して、読むファイルを指定してください。",
    ),
    (
        "Expected well-formed CSV in '{name}', got: {detail}. Save it as CSV again.",
        "「{name}」は CSV として正しく読めません。CSV で保存し直してください。（詳細：{detail}）",
    ),
    (
        "Expected an xlsx workbook, got something else in '{name}'. Save it as xlsx again.",
        "「{name}」は Excel のブックとして読めません。.xlsx で保存し直してください。",
    ),
    (
        "Expected text in '{name}', got binary content. Save it as CSV.",
        "「{name}」は文字のファイルではありません。CSV で保存してください。",
    ),
    (
        "Expected at most 500 MB, got more in '{name}'. Split the file.",
        "「{name}」は 500 MB を超えています。ファイルを分けてください。",
    ),
    (
        "Expected at most 100 MB unpacked, got {size} MB in '{name}'. Use CSV.",
        "「{name}」は展開すると {size} MB になり、上限の 100 MB を超えます。CSV を使ってください。",
    ),
    (
        "Expected at most {columns} columns and {rows} rows, got {width} and {length} in '{name}'. Split the file.",
        "「{name}」は {width} 列 {length} 行あり、上限（{columns} 列 {rows} 行）を超えます。ファイルを分けてください。",
    ),
    # 道路のファイル
    (
        "Expected streets as .osm.pbf, .osm, .graphml, .gpkg, .shp, .geojson, .parquet or .zip, got '{name}'. Convert it.",
        "「{name}」は読めない形式です。道路は .osm.pbf、.osm、.graphml、.gpkg、.shp、.geojson、.parquet、.zip の"
        "どれかにしてください。",
    ),
    (
        "Expected OpenStreetMap files alone, got others beside them. Import them one after the other.",
        "OpenStreetMap のファイルは、ほかの形式のファイルと一緒には取り込めません。別々に取り込んでください。",
    ),
    (
        "Expected no --crs with an OpenStreetMap file, got {crs}. Leave it out: such a file is always in {always}.",
        "OpenStreetMap のファイルには --crs を付けられません（指定：{crs}）。座標系はいつも {always} です。",
    ),
    (
        "Expected streets (ways with a highway tag) in '{name}', got none. Check the extract.",
        "「{name}」に道路（highway の付いた線）がありません。抜き出した範囲と内容を確かめてください。",
    ),
    (
        "Expected streets of two nodes or more in '{name}', got single nodes only. Check the extract.",
        "「{name}」の道路が、どれも点一つだけで線になりません。抜き出した範囲と内容を確かめてください。",
    ),
    (
        "Expected streets within lon {west} to {east}, lat {south} to {north}, got none of {count} there. "
        "Take an extract of this city.",
        "{count} 本の道路が、どれも市の範囲（経度 {west}～{east}、緯度 {south}～{north}）にありません。"
        "この市を含むファイルを使ってください。",
    ),
    (
        "Expected at most {limit} MB, got more in '{name}'. Cut it to the city first.",
        "「{name}」は {limit} MB を超えています。先に市の範囲だけを抜き出してください。",
    ),
    (
        "Expected at most {limit} million points of streets, got more in '{name}'. Cut it to the city first.",
        "「{name}」の道路の点が {limit} 百万を超えています。先に市の範囲だけを抜き出してください。",
    ),
    (
        "Expected at most {limit} points a way, got {count} in way {way} of '{name}'. Split the way.",
        "「{name}」の道 {way} には点が {count} 個あり、上限の {limit} 個を超えます。道を分けてください。",
    ),
    (
        "Expected at most {limit} million ways, got more in '{name}'. Cut it to the city first.",
        "「{name}」の道が {limit} 百万本を超えます。先に市の範囲だけを抜き出してください。",
    ),
    (
        "Expected at most {limit} pieces of streets, got {count}. Cut it to the city first.",
        "道を分かれ目で切ると {count} 本になり、上限の {limit} 本を超えます。先に市の範囲だけを抜き出してください。",
    ),
    (
        "Expected at most {limit} rows, got {count} in '{name}'. Cut it to the city first.",
        "「{name}」は {count} 行あり、上限の {limit} 行を超えます。先に市の範囲だけを抜き出してください。",
    ),
    (
        "Expected a CRS of places on the Earth in '{name}', got: {detail}. Pass for example --crs EPSG:6668.",
        "「{name}」の座標系は地上の位置を表すものではありません。例えば --crs EPSG:6668 のように指定してください。"
        "（詳細：{detail}）",
    ),
    (
        "Expected at most {limit} GB unpacked, got {unpacked} GB in '{name}'. Cut it to the city first.",
        "「{name}」は展開すると {unpacked} GB になり、上限の {limit} GB を超えます。先に市の範囲だけを抜き出してください。",
    ),
    (
        "Expected the streets of one day in '{name}', got a history. Take an extract of one day.",
        "「{name}」は変更の履歴のファイルです。ある一日の内容のファイルを使ってください。",
    ),
    (
        "Expected a readable OpenStreetMap file, got '{name}': {detail}. Fetch it again.",
        "「{name}」を OpenStreetMap のファイルとして読めません。もう一度入手してください。（詳細：{detail}）",
    ),
    (
        "Expected GraphML without a document type in '{name}', got one. Do not use it; ask its sender.",
        "「{name}」には、文書型の宣言（DOCTYPE）という危険な書き方が含まれています。使わずに、送り主に確かめてください。",
    ),
    (
        "Expected well-formed GraphML in '{name}', got: {detail}. Save it from OSMnx again.",
        "「{name}」は GraphML として正しく読めません。OSMnx からもう一度保存してください。（詳細：{detail}）",
    ),
    (
        "Expected a street network in '{name}', got no edges. Save it from OSMnx again.",
        "「{name}」に道路網の線がありません。OSMnx からもう一度保存してください。",
    ),
    (
        "Expected GeoParquet in '{name}', got a table without places. Export it as GeoParquet.",
        "「{name}」には位置の情報がありません。GeoParquet として書き出してください。",
    ),
    (
        "Expected GeoParquet in '{name}', got something else: {detail}. Export it again.",
        "「{name}」を GeoParquet として読めません。もう一度書き出してください。（詳細：{detail}）",
    ),
    (
        "Expected '{name}' to declare its CRS, got none. Pass for example --crs EPSG:6668.",
        "「{name}」に座標系の記録がありません。例えば --crs EPSG:6668 のように指定してください。",
    ),
    (
        "No street has a height: walks are measured as if the city were flat.",
        "どの道にも標高がありません。坂のない町として道のりを測ります。",
    ),
    # 圧縮ファイル
    (
        "Expected a readable zip without a password, got '{name}'. Pack it again.",
        "「{name}」を開けません。パスワードなしで圧縮し直してください。",
    ),
    (
        "Expected paths inside the zip '{name}', got '{path}'. Do not use it; ask its sender.",
        "「{name}」には、外の場所へ書き込もうとする名前「{path}」が入っています。使わずに、送り主に確かめてください。",
    ),
    (
        "Expected a zip of at most {limit} GB unpacked, got {unpacked} MB from {packed} MB in '{name}'. Unpack and check it.",
        "「{name}」は {packed} MB が {unpacked} MB に膨らみ、安全に開けません（上限 {limit} GB）。"
        "解凍して中身を確かめてください。",
    ),
    (
        "Expected a map file inside '{name}', got none. Check the zip.",
        "「{name}」の中に地図のファイルがありません。圧縮ファイルの中身を確かめてください。",
    ),
    (
        "Expected a .dbf beside '{name}', got none. Pass all its files.",
        "「{name}」と対になる .dbf がありません。一組のファイルをすべて同じ場所に置いてください。",
    ),
    # 文字コード
    (
        "Expected '{name}' in {encoding}, got bytes that are not. Pass its --encoding.",
        "「{name}」は {encoding} では読めません。--encoding で文字コードを指定してください。",
    ),
    (
        "Expected '{name}' in UTF-8 or CP932, got bytes that are not. Pass its --encoding.",
        "「{name}」は UTF-8 でも CP932（Shift_JIS）でも読めません。--encoding で文字コードを指定してください。",
    ),
    (
        "Expected '{name}' in UTF-8 or CP932, got neither. Pass its --encoding.",
        "「{name}」は UTF-8 でも CP932（Shift_JIS）でも読めません。--encoding で文字コードを指定してください。",
    ),
    (
        "Expected '{name}' in UTF-8 or CP932, got UTF-16. Save it as CSV UTF-8.",
        "「{name}」は UTF-16 です。「CSV UTF-8」の形式で保存し直してください。",
    ),
    (
        "Expected '{name}' in UTF-8 or CP932, got text that could also be EUC-JP. Pass its --encoding.",
        "「{name}」は CP932（Shift_JIS）にも EUC-JP にも読めます。--encoding で文字コードを指定してください。",
    ),
    (
        "Expected a known encoding, got '{encoding}'. Pass utf-8 or cp932.",
        "「{encoding}」という文字コードはありません。utf-8 か cp932 を指定してください。",
    ),
    (
        "Expected Japanese text in '{name}', got letters of a wrong encoding. Pass --encoding cp932.",
        "「{name}」の文字が化けています。--encoding cp932 を付けて読み直してください。",
    ),
    # 見出しと列
    (
        "Expected one column for '{ours}', got {count}: {theirs}. Say which with --map THEIRS={target}.",
        "「{ours}」に当たる列が {count} つあります（{theirs}）。どれを使うか、--map 列名={target} で指定してください。",
    ),
    (
        "Expected the mapped columns in the file, got none called {absent}. The file has: {columns}.",
        "--map で指定した列「{absent}」がファイルにありません。ファイルにある列：{columns}。",
    ),
    (
        "Expected --map onto a column of this layer, got {strange}. Choose from {columns}.",
        "--map の先「{strange}」は、この種類の列ではありません。{columns} から選んでください。",
    ),
    (
        "Expected one column mapped onto each of ours, got several for {repeated}. Keep one.",
        "--map で「{repeated}」に二つ以上の列を当てています。一つだけにしてください。",
    ),
    (
        "Expected --map their=ours, got {pair}. Write both names.",
        "--map は「ファイルの列=こちらの列」の形で書いてください（指定：{pair}）。",
    ),
    (
        "Expected columns {missing}, got {columns}. Add them or name them with --map THEIRS={first}.",
        "必要な列「{missing}」がありません。列を足すか、--map 列名={first} で当てはまる列を指定してください。"
        "ファイルにある列：{columns}。",
    ),
    (
        "Unknown column, not read. Name it with --map if it is needed.",
        "知らない列なので読みませんでした。必要なら --map で指定してください。",
    ),
    (
        "Expected as many cells as headings. Check the commas and quotes of this row.",
        "セルの数が見出しの数と合いません。この行のコンマと引用符を確かめてください。",
    ),
    # 座標系と場所
    (
        "Expected a known CRS, got '{crs}'. Pass for example --crs EPSG:6668.",
        "「{crs}」という座標系はありません。例えば --crs EPSG:6668 のように指定してください。",
    ),
    (
        "Expected '{name}' to declare its CRS, got none (no .prj). Pass --crs EPSG:6668 (JGD2011), "
        "EPSG:4612 (JGD2000, older KSJ) or EPSG:4301 (old Tokyo datum).",
        "「{name}」に座標系の記録（.prj）がありません。--crs で指定してください：EPSG:6668（JGD2011）、"
        "EPSG:4612（JGD2000、古い国土数値情報）、EPSG:4301（旧日本測地系）。",
    ),
    (
        "Expected features in Japan (lon 122 to 154, lat 20 to 46), got none of {count} there: "
        "looks like lon and lat are swapped.",
        "{count} 件の図形が、どれも日本の範囲（経度122～154、緯度20～46）にありません。"
        "経度と緯度が入れ替わっているようです。直してから取り込んでください。",
    ),
    (
        "Expected features in Japan (lon 122 to 154, lat 20 to 46), got none of {count} there: "
        "the CRS may be wrong, pass --crs.",
        "{count} 件の図形が、どれも日本の範囲（経度122～154、緯度20～46）にありません。"
        "座標系が違うようです。--crs で指定してください。",
    ),
    (
        "Expected longitude and latitude in Japan: looks like lon and lat are swapped.",
        "経度と緯度が入れ替わっているようです。列を確かめてください。",
    ),
    (
        "Expected degrees: looks like a lost decimal point.",
        "小数点が抜けているようです。経度・緯度を度で書いてください。",
    ),
    (
        "Expected a place in Japan, got 0, 0. Find its coordinates.",
        "位置が 0, 0 になっています。正しい座標を調べてください。",
    ),
    (
        "Expected a place in Japan (lon 122 to 154, lat 20 to 46). Check the coordinates and the CRS.",
        "日本の範囲（経度122～154、緯度20～46）の外です。座標と座標系を確かめてください。",
    ),
    (
        "Expected a place in Japan (lon 122 to 154, lat 20 to 46). Check the CRS.",
        "日本の範囲（経度122～154、緯度20～46）の外です。座標系を確かめてください。",
    ),
    (
        "Expected a place in Japan (lon 122 to 154, lat 20 to 46), got lon {lon}, lat {lat}. "
        "Are longitude and latitude swapped?",
        "経度 {lon}・緯度 {lat} は日本の範囲（経度122～154、緯度20～46）の外です。"
        "経度と緯度が入れ替わっていないか確かめてください。",
    ),
    (
        "Expected a place within the city's box. Check the coordinates and the CRS.",
        "市の範囲の外です。座標と座標系を確かめてください。",
    ),
    (
        "Expected both lon and lat, got one. Fill in the other.",
        "経度と緯度の片方しかありません。もう片方も書いてください。",
    ),
    (
        "Expected lon and lat, got empty cells. Fill them in.",
        "経度と緯度が空です。書いてください。",
    ),
    (
        "Expected degrees as a number. Write digits only.",
        "経度・緯度が数になっていません。度の数字だけを書いてください。",
    ),
    (
        "Most points lie outside Japan: the coordinates may be in another CRS. Pass --crs.",
        "ほとんどの位置が日本の外です。座標系が違うようです。--crs で指定してください。",
    ),
    (
        "Expected areas within the city's box. Check the CRS, or pass --municipality.",
        "市の範囲の外にある区域です。座標系を確かめるか、--municipality で市区町村を指定してください。",
    ),
    (
        "Expected a frame with a CRS, got none. Say which CRS its coordinates are in.",
        "座標系がわかりません。どの座標系の座標かを指定してください。",
    ),
    (
        "Expected a projected CRS in metres, got EPSG:{epsg} ({name}). Take the one plane_rectangular_epsg gives.",
        "EPSG:{epsg}（{name}）はメートルで測る座標系ではありません。平面直角座標系を使ってください。",
    ),
    # 市区町村
    (
        "Expected a municipality code of 5 digits, got '{code}'. Pass for example 17201.",
        "市区町村コード「{code}」は5桁の数字ではありません。例えば 17201 のように書いてください。",
    ),
    (
        "Expected a municipality code of five or six digits, from 01 to 47, got {code}. Kanazawa, for example, is 17201.",
        "「{code}」という市区町村コードはありません。01～47で始まる5桁か6桁で書いてください（例：金沢市 17201）。",
    ),
    (
        "Expected the municipality's code, got a file without codes. Pass --municipality.",
        "ファイルに市区町村コードがありません。--municipality で指定してください。",
    ),
    (
        "Expected municipality {wanted}, got only {found}. Check --municipality.",
        "市区町村 {wanted} がファイルにありません（あるのは {found}）。--municipality を確かめてください。",
    ),
    (
        "Expected rows of municipality {wanted}, got only {found}. Check --municipality.",
        "市区町村 {wanted} の行がファイルにありません（あるのは {found}）。--municipality を確かめてください。",
    ),
    (
        "Expected towns of municipality {wanted}, got only {found}. Check --municipality.",
        "市区町村 {wanted} の町丁がファイルにありません（あるのは {found}）。--municipality を確かめてください。",
    ),
    (
        "Expected the boundary of one municipality, got {count}: {found}. Pass --municipality.",
        "{count} つの市区町村の境界が入っています（{found}）。--municipality で一つを指定してください。",
    ),
    # セル
    ("Expected a value, got an empty cell. Fill it in.", "空です。書いてください。"),
    ("Expected a number, got an empty cell. Fill it in.", "空です。数を書いてください。"),
    ("Expected a number. Write digits only.", "数になっていません。数字だけを書いてください。"),
    ("Expected a number from {low} to {high}.", "{low} から {high} までの数を書いてください。"),
    ("Expected a whole number.", "整数を書いてください。"),
    (
        "Expected 0 or at least 1 visit a year (0.0833 a month).",
        "訪問は 0 か、年に1回（月に 0.0833 回）以上にしてください。",
    ),
    ("Expected one of {choices}.", "次のどれかを書いてください：{choices}。"),
    ("Expected yes or no (1 or 0).", "「はい」か「いいえ」（1 か 0）で書いてください。"),
    ("Expected at most {length} characters. Shorten it.", "{length} 文字までです。短くしてください。"),
    (
        "Expected a date such as 2026-11-23 or R8.11.23. Write it so.",
        "日付は 2026-11-23 または R8.11.23 のように書いてください。",
    ),
    (
        "Expected a date such as 2026-11-23 or R8.11.23, got something else. Write the year in full.",
        "日付として読めません。2026-11-23 または R8.11.23 のように、年を省かずに書いてください。",
    ),
    (
        "Expected a day of era {era}, got one before its start. Check the era.",
        "元号 {era} が始まる前の日付です。元号を確かめてください。",
    ),
    (
        "Expected valid_to on or after valid_from.",
        "終了日（valid_to）が開始日（valid_from）より前です。直してください。",
    ),
    (
        "Expected an id of letters, digits, - _ and . only. Give another id.",
        "番号に使えるのは文字・数字と - _ . だけです。別の番号にしてください。",
    ),
    (
        "Expected the id once, got it in several rows. Remove or merge them.",
        "同じ番号の行が二つ以上あります。一つにまとめてください。",
    ),
    (
        "Expected a {what} that is already stored or in this file. Import it first or correct the id.",
        "この番号は、取り込んだデータにもこのファイルにもありません。先に取り込むか、番号を直してください。",
    ),
    (
        "Expected one row for a watcher, household, role and start, got several. Remove or merge them.",
        "担い手・世帯・役割・開始日が同じ行が二つ以上あります。一つにまとめてください。",
    ),
    ("Expected two different districts.", "同じ地区どうしの協定です。別の地区を書いてください。"),
    (
        "Expected another watcher or a facility.",
        "報告先が自分自身です。別の担い手か施設の番号を書いてください。",
    ),
    (
        "An active watcher without a point reaches nobody. Fill in lon and lat.",
        "位置のない担い手は、だれの所にも届きません。経度と緯度を書いてください。",
    ),
    (
        "households outside every community district; they are kept and counted as such",
        "どの校下・地区にも入らない世帯です。取り込んだうえで、そのように数えます。",
    ),
    # 図形
    (
        "Expected a geometry, got none or a broken one.",
        "図形がないか、壊れています。元のファイルで直してください。",
    ),
    (
        "Expected a point. Check that the layer holds places.",
        "点ではありません。施設などの点の層か確かめてください。",
    ),
    (
        "Expected a line. Check that the layer holds streets.",
        "線ではありません。道路の層か確かめてください。",
    ),
    (
        "Expected a polygon. Check that the layer holds areas.",
        "面ではありません。区域の層か確かめてください。",
    ),
    (
        "Expected a line (a round) or a polygon (an area).",
        "配達の経路（線）か受け持ち区域（面）を描いてください。",
    ),
    (
        "The outline crosses or touches itself; made valid.",
        "輪郭が交わるか、自分に触れていたので直しました。",
    ),
    (
        "Areas overlap by {size} m²: a place there has several answers.",
        "区域が {size} m² 重なっています。そこでは、入る区域が二つ以上になります。",
    ),
    (
        "Rows of one code have different names; the first is kept.",
        "同じコードの行に違う名前があります。はじめの名前を使います。",
    ),
    (
        "Expected school districts (polygons), got A27 school points. Choose the polygon file of the set.",
        "小学校区（面）ではなく学校の位置（点）のファイルです。A27 の組から面のファイルを選んでください。",
    ),
    (
        "Expected school names in {column} of '{name}', got none with 学校 or 学園. Pass its --encoding.",
        "「{name}」の {column} 列に、学校・学園の名前がありません。--encoding で文字コードを指定してください。",
    ),
    (
        "Expected a school code of 13 characters (B1… or C2…). Check that the file is A27 of 2021 or later.",
        "学校コード（B1… か C2… の13文字）ではありません。2021年以後の A27 のファイルか確かめてください。",
    ),
    (
        "Expected a KEY_CODE of 9 or 11 digits as text. Keep its leading zero.",
        "KEY_CODE が9桁か11桁ではありません。先頭の 0 を残し、文字として保存してください。",
    ),
    (
        "Expected lengths in metres, got a median of {ratio} times the length of the lines. "
        "Convert them, or leave the column out.",
        "道の長さがメートルではないようです（線の長さの {ratio} 倍、中央値）。メートルに直すか、列を除いてください。",
    ),
    (
        "Both directions state their heights the same way round: which end is the higher is not sure.",
        "往復の道で標高の並びが同じです。どちらの端が高いか、はっきりしません。",
    ),
    # 取り込み全体
    (
        "Expected a file without errors, got {rejected} rows with errors of {rows}. Correct them and import again.",
        "{rows} 行のうち {rejected} 行に誤りがあります。何も書き込んでいません。直してから、もう一度取り込んでください。",
    ),
    (
        "Expected a layer with places first, got a table without. Import the boundary or districts first.",
        "位置の入ったデータがまだありません。先に市の境界か校下・地区を取り込んでください。",
    ),
    (
        "Expected each {key} once, got repeats. Remove or merge them.",
        "同じ {key} の行が二つ以上あります。何も書き込んでいません。一つにまとめてください。",
    ),
    (
        "Expected known {key}s, got {count} unknown. Import them first.",
        "まだ取り込んでいない {key} が {count} 件あります。何も書き込んでいません。先に取り込んでください。",
    ),
    # 架空の都市と世帯
    (
        "Expected the generated {name} to be good, got in row {row}, {column}: {reason}. "
        "This is an error of the program; please report it.",
        "作った {name} の {row} 行目、{column} に誤りがあります：{reason}このソフトの誤りです。お知らせください。",
    ),
    (
        "Expected an empty database or the same demo city, got {name} (real data). Name another database with --database.",
        "このデータベースには「{name}」の実データが入っています。何も変えていません。"
        "--database で別のデータベースを指定してください。",
    ),
    (
        "Expected an empty database or the same demo city, got {name} ({origin}). Name another database with --database.",
        "このデータベースには別の都市「{name}」（{origin}）が入っています。何も変えていません。"
        "--database で別のデータベースを指定してください。",
    ),
    (
        "Expected good town polygons, got row {row}: {reason}. Correct the file.",
        "町丁のファイルの {row} 行目に誤りがあります：{reason}ファイルを直してください。",
    ),
    (
        "Expected towns with their number of households, got none. Name the column: --map setai=household_count.",
        "町丁の世帯数がありません。世帯数の列を指定してください（例：--map setai=household_count）。",
    ),
    (
        "Expected towns with 'household_count', got none. Map the column of household counts.",
        "町丁の世帯数がありません。世帯数の列を --map で指定してください。",
    ),
    (
        "Expected household counts of 0 or more and some above 0. Check the column of counts.",
        "世帯数は 0 以上で、どれかは 1 以上でなければなりません。世帯数の列を確かめてください。",
    ),
    (
        "Expected towns in EPSG:{wanted}, got none. Call to_crs first.",
        "町丁の座標系がわかりません。EPSG:{wanted} に直してください。",
    ),
    (
        "Expected towns in EPSG:{wanted}, got EPSG:{found}. Call to_crs first.",
        "町丁の座標系が EPSG:{found} です。EPSG:{wanted} に直してください。",
    ),
    (
        "Expected count >= 1, got {count}. Ask for at least one household.",
        "作る世帯の数は 1 以上にしてください（指定：{count}）。",
    ),
    # データベース
    (
        "Expected an imported city, got an empty database. Run 'mimamori demo' or 'mimamori import'.",
        "データベースが空です。mimamori demo か mimamori import を実行してください。",
    ),
    (
        "Expected a database at {place}, got none. Run 'mimamori demo' or 'mimamori import' first.",
        "{place} にデータベースがありません。先に mimamori demo か mimamori import を実行してください。",
    ),
    (
        "Expected tables of version {wanted}, got {found}. Run 'mimamori demo' or 'mimamori import', "
        "which bring them up to date.",
        "データベースの形が、このソフトの版と違います（{found}、必要なのは {wanted}）。"
        "mimamori demo か mimamori import を実行すると新しくなります。",
    ),
    (
        "Expected tables of version {wanted}, got an empty database. Run 'mimamori demo' or 'mimamori import', "
        "which bring them up to date.",
        "データベースが空です。mimamori demo か mimamori import を実行してください。",
    ),
    (
        "Expected the data to stay as read, got a newer revision. Propose again, then apply.",
        "案を作ったあとに、データが変わりました。名簿は変えていません。案を作り直してから反映してください。",
    ),
    (
        "Expected the data to stay as read, got a newer revision. Run it again.",
        "計算しているあいだに、データが変わりました。もう一度実行してください。",
    ),
    (
        "Expected the data to stay as read, got newer data. Run it again.",
        "計算しているあいだに、データが変わりました。もう一度実行してください。",
    ),
    (
        "Expected the figures just shown to be kept, got newer data. Load the page again.",
        "表示したあとに、データが変わりました。ページを読み込み直してください。",
    ),
    (
        "({driver}.OperationalError) {detail} (Background on this error at: {link})",
        "データベースを使えません。--database の指定と、データベースが動いていることを確かめてください。"
        "（詳細：{detail}）",
    ),
    (
        "({driver}.OperationalError) {detail} [SQL: {statement}] (Background on this error at: {link})",
        "データベースを使えません。--database の指定と、データベースが動いていることを確かめてください。"
        "（詳細：{detail}）",
    ),
    # 見る人
    (
        "Expected a district of this coordinator ({own}), got {district}. Ask the city for access.",
        "地区 {district} は、このコーディネーターの担当（{own}）ではありません。見る必要があれば、市に申し出てください。",
    ),
    (
        "Expected a district of this coordinator (none), got {district}. Ask the city for access.",
        "地区 {district} を見る役割ではありません。見る必要があれば、市に申し出てください。",
    ),
    (
        "Expected a household this viewer may see, got another or none. Choose one of the list.",
        "その世帯はないか、この役割では見られません。一覧から選んでください。",
    ),
    (
        "Expected role in {roles}, got {role}. Use one of them.",
        "「{role}」という役割はありません。{roles} のどれかにしてください。",
    ),
    (
        "Expected a coordinator with at least one district, got none. Name the district.",
        "コーディネーターの担当する地区がありません。地区を指定してください。",
    ),
    # 地区・担当・順路
    (
        "Expected a community district ({some} …), got {district}. Choose one of them.",
        "「{district}」という校下・地区はありません。{some} などのコードから選んでください。",
    ),
    (
        "Expected a community district with households, got {district}. Check the code.",
        "校下・地区「{district}」には見守り対象の世帯がありません。コードを確かめてください。",
    ),
    (
        "Expected keep {choices}, got {keep}. Choose one.",
        "--keep に「{keep}」は使えません。{choices} から選んでください。",
    ),
    (
        "Expected sharing {choices}, got {sharing}. Choose one.",
        "--sharing に「{sharing}」は使えません。{choices} から選んでください。",
    ),
    (
        "Expected even {choices}, got {even}. Choose one.",
        "--even に「{even}」は使えません。{choices} から選んでください。",
    ),
    (
        "Expected own_organisation from 0 to 100000 m, got {metres}. Correct it.",
        "組織を優先する距離 {metres} m は使えません。0 から 100000 までにしてください。",
    ),
    (
        "Expected short_walks from 0 to 100, got {factor}. Correct it.",
        "歩く距離の重み {factor} は使えません。0 から 100 までにしてください。",
    ),
    (
        "Expected pinned visits >= 0, got {count} others. Correct them.",
        "手で決めた訪問回数のうち {count} 件が 0 以上の数ではありません。直してください。",
    ),
    (
        "Expected locked pairs of known households and watchers, got {pairs}. Correct the ids.",
        "固定した組に、名簿にない世帯か担い手があります：{pairs}。番号を直してください。",
    ),
    (
        "Expected --lock watcher:household, got {lock}. Write both ids.",
        "--lock に「{lock}」は使えません。担い手番号:世帯番号 の形で、両方書いてください。",
    ),
    (
        "Expected per_watcher >= 0, got {count}. Correct it.",
        "1 人が控えになれる世帯数 {count} は使えません。0 以上にしてください。",
    ),
    (
        "Expected known households, got {ids}. Correct the ids.",
        "名簿にない世帯があります：{ids}。番号を直してください。",
    ),
    (
        "Expected weights, walks and visits whose products fit 64-bit numbers, got larger ones. "
        "Lower the largest weight.",
        "世帯の重みが大きすぎて計算できません。いちばん大きい重みを小さくしてください。",
    ),
    (
        "Expected visits in {district}, got none. Assign watchers first.",
        "地区 {district} には訪問の担当がありません。先に担当を決めてください。",
    ),
    (
        "Expected a watcher who visits {district}, got {watcher}. Check the id.",
        "担い手 {watcher} は、地区 {district} を訪問していません。番号を確かめてください。",
    ),
    (
        "Expected graph and coverage of the same households, got others. Assess the graph again.",
        "見守りの状況と世帯が食い違っています。もう一度計算してください。",
    ),
    # 担い手の退任と後継ぎ
    (
        "Expected one probability to stay a watcher, got {repeated} more. Keep one each.",
        "続ける見込みが二つ以上ある担い手がいます（余分な値 {repeated} 件）。一人に一つにしてください。",
    ),
    (
        "Expected a probability to stay for every active watcher in office, got {count} without: {first}. "
        "Give each one.",
        "続ける見込みの値がない担い手が {count} 人います（{first}）。一人ずつ値を付けてください。",
    ),
    (
        "Expected probabilities to stay from 0 to 1, got {wrong} others. Correct them.",
        "続ける見込みは 0 から 1 のあいだにしてください（範囲の外の値 {wrong} 件）。",
    ),
    (
        "Expected draws >= 1, got {draws}. Give more.",
        "くり返しの回数は 1 以上にしてください（指定：{draws}）。",
    ),
    (
        "Expected shares from 0 to 1, got {wrong}. Correct them.",
        "退任の割合は 0 から 1 のあいだにしてください（指定：{wrong}）。",
    ),
    (
        "Expected term_years from 1 to {most}, got {years}. Give whole years.",
        "任期の長さは 1 年から {most} 年までの整数にしてください（指定：{years}）。",
    ),
    (
        "Expected years from 1 to {most}, got {years}. Give whole years.",
        "見通しの年数は 1 から {most} までの整数にしてください（指定：{years}）。",
    ),
    (
        "Expected a date from {first} on, got {date}. Give a later one.",
        "{date} は基準日 {first} より前です。後の日にしてください。",
    ),
    (
        "Expected case in {cases}, got {case}. Use one of them.",
        "「{case}」という場合分けはありません。{cases} のどれかにしてください。",
    ),
    (
        "Expected losses with all columns, got none named {missing}. Add them.",
        "失われる見守りの表に列「{missing}」がありません。列を足してください。",
    ),
    (
        "Expected one loss a watcher, got {repeated} more. Keep one each.",
        "失われる見守りの表に、同じ担い手が二度あります（余分な行 {repeated} 件）。一人に一行にしてください。",
    ),
    (
        "Expected household, watcher and cost_dm of one length, got others. Give one per link.",
        "世帯・担い手・道のりの数がそろっていません。もう一度計算してください。",
    ),
    (
        "Expected whole numbers >= 0, got a negative one. Correct need, capacity or cost.",
        "訪問回数か道のりに、0 より小さい値があります。元のデータを直してください。",
    ),
    (
        "Expected links between known positions, got one outside. Correct household or watcher.",
        "世帯か担い手の番号が範囲の外です。もう一度計算してください。",
    ),
    # 画面を開く
    (
        "Expected port {port} to be free, got one in use. Choose another with --port.",
        "ポート {port} はほかで使われています。--port で別の番号を指定してください。",
    ),
    (
        "Expected the dashboard to answer within {seconds} s, got no answer. "
        "Read the lines above, or choose another port with --port.",
        "{seconds} 秒待っても画面が開きませんでした。上の行を読むか、--port で別の番号を指定してください。",
    ),
    (
        "Expected a folder that can be written for the screen's files, got {folder} ({detail}). "
        "Install the program where its user may write.",
        "画面のファイルを {folder} に書けません（{detail}）。書き込める場所にこのソフトを入れてください。",
    ),
    # 紙の資料
    (
        "Expected every hidden count to keep at least six possible values, got fewer in {count} tried. "
        "Nothing was written; publish fewer figures.",
        "伏せた数を言い当てられるおそれがあります（{count} 通りで確かめました）。何も書いていません。"
        "載せる数を減らしてください。",
    ),
    (
        "Expected {expected}, got {got} in {count}: {places}. Protect the table first.",
        "そのまま載せられない数が {count} か所にあります（{places}）。先に秘匿の処理をしてください。",
    ),
    (
        "Expected the font IPAexGothic in matplotlib-fontja, got none. Install requirements.txt.",
        "印刷に使う書体（IPAexゴシック）がありません。requirements.txt のとおりに入れ直してください。",
    ),
    (
        "Expected a sheet named .pdf or .png, got {name}. Rename it.",
        "資料の名前「{name}」は .pdf か .png で終わるようにしてください。",
    ),
    (
        "Expected a map that fits at 1:{scale}, got {wide} × {high} km. Check the coordinates.",
        "地図が {wide} × {high} km あり、縮尺 1:{scale} でも紙に入りません。座標を確かめてください。",
    ),
    (
        "Expected at most {most} districts on one sheet, got {count}. Print a layer with fewer districts.",
        "一枚に載るのは {most} 区域までです（{count} 区域あります）。区域の少ない種類で印刷してください。",
    ),
    (
        "Expected layer in {layers}, got {layer}. Use one of them.",
        "「{layer}」という区域の種類はありません。{layers} のどれかにしてください。",
    ),
    (
        "Expected gap classes in {classes}, got {unknown}. Use one of them.",
        "見守れていない理由に {unknown} はありません。{classes} のどれかにしてください。",
    ),
    (
        "Expected four rising shares between 0 and 1, got {breaks}. Correct share_breaks.",
        "割合の区切りは、0 と 1 のあいだの小さい順の四つにしてください（指定：{breaks}）。",
    ),
    (
        "Expected size A4 or A3, got {size}. Use one of them.",
        "「{size}」という大きさの紙には作れません。A4 か A3 にしてください。",
    ),
    (
        "Expected season in {seasons}, got {season}. Use one of them.",
        "「{season}」という季節はありません。{seasons} のどれかにしてください。",
    ),
    (
        "Expected basis in {bases}, got {basis}. Use one of them.",
        "「{basis}」という測り方はありません。{bases} のどれかにしてください。",
    ),
    (
        "Expected a detour factor with straight-line distances, got none. Give detour_factor.",
        "直線距離で測るときの、道のりへの倍率がありません。倍率を指定してください。",
    ),
    (
        "Expected districts with columns {missing}, got none of them. Add the columns.",
        "区域の表に列「{missing}」がありません。列を足してください。",
    ),
    (
        "Expected at least one district, got none. Import districts first.",
        "区域が一つもありません。先に校下・地区を取り込んでください。",
    ),
    (
        "Expected districts in a metric CRS, got another or none. Call to_metric_crs first.",
        "区域の座標系がメートルで測るものではありません。先に平面直角座標系に直してください。",
    ),
    (
        "Expected gap_share_class from 0 to 4 or missing, got others. Use five classes.",
        "割合の階級は 0 から 4 の五つにしてください。",
    ),
    (
        "Expected at least one round to print, got none. Plan a round first.",
        "印刷する順路がありません。先に順路を作ってください。",
    ),
    (
        "Expected return_by from {first}, got {day}. Give a later one.",
        "返却日 {day} が作成日 {first} より前です。後の日にしてください。",
    ),
    (
        "Expected reasons in {known}, got {reasons}. Use one of them.",
        "順路に入らない理由に {reasons} はありません。{known} のどれかにしてください。",
    ),
    # 座標系をどこから知ったか
    ("declared", "ファイルの記録"),
    ("given", "指定"),
    ("by format", "形式の決まり"),
    (
        "Expected a month that is not over, got {month}. Give this month or a later one.",
        "{month} はもう過ぎています。今月か、これからの月を指定してください。",
    ),
    (
        "Expected households to watch over on {date}, got none. "
        "Import them with 'mimamori import households FILE', or choose another date.",
        "{date} に見守り対象の世帯がありません。mimamori import households で取り込むか、別の日を選んでください。",
    ),
    (
        "Expected --name and --date with the first import of a database, got one missing. "
        "Give the city's name and the day the data speaks of.",
        "はじめの取り込みには、市の名前（--name）と基準日（--date）を付けてください。",
    ),
    (
        "Expected --name, --date and --synthetic with the first import only, got them in a database that "
        "holds a city. Leave them out.",
        "--name・--date・--synthetic は、はじめの取り込みだけに付けられます。外してもう一度実行してください。",
    ),
    (
        "Expected a database of this version or an older one, got version {current}. "
        "It was made by a newer program; use that one.",
        "データベースが新しい版のプログラムで作られています（{current}）。そのプログラムで開いてください。",
    ),
    (
        "Expected a database address such as sqlite:///data/city.db, got one that cannot be read. Correct it.",
        "データベースの指定を読めません。sqlite:///data/city.db のように書いてください。",
    ),
    (
        "Expected a database of SQLite or PostgreSQL, got {drivername}. Correct the address.",
        "使えるデータベースは SQLite と PostgreSQL です（指定は {drivername}）。指定を直してください。",
    ),
    (
        "Expected a CRS written in '{name}' itself, got a link to another place. Take the link out and pass --crs.",
        "「{name}」の座標系が、よその場所へのリンクで書かれています。リンクを除き、--crs で指定してください。",
    ),
    (
        "Expected text without line breaks or control signs. Remove them.",
        "改行や制御文字は使えません。取り除いてください。",
    ),
    (
        "Expected --host-name with the address {address}, got none. Name the host people type, and put "
        "a proxy with TLS before it.",
        "ほかの端末からも開けるアドレス（{address}）には --host-name が要ります。"
        "利用者が打ち込むホスト名を指定し、手前に TLS（https）の中継を置いてください。",
    ),
    (
        "Expected a name of 2 to 60 letters, digits and . _ - @, got another. Choose one like sato.k.",
        "利用者名に使えるのは、2〜60字の文字・数字と . _ - @ です。sato.k のような名前にしてください。",
    ),
    (
        "Expected a new name, got {name}, which an account has or had. Choose another.",
        "「{name}」は、今ある、または以前あった利用者の名前です。別の名前にしてください。",
    ),
    (
        "Expected the name of an account, got an unknown one. List them: mimamori users list",
        "その名前の利用者はいません。mimamori users list で一覧を確かめてください。",
    ),
    (
        "Expected a password of {least} to {most} signs, got {count}. Choose a longer one.",
        "パスワードは {least}〜{most} 字にしてください（今は {count} 字です）。",
    ),
    (
        "Expected a password of at least {least} different signs, got fewer. Choose another.",
        "パスワードには、{least} 種類以上の違う文字を入れてください。",
    ),
    (
        "Expected a password without the account's name, got one with it. Choose another.",
        "パスワードに利用者名を含めることはできません。別のものにしてください。",
    ),
    (
        "Expected a new password, got the old one. Choose another.",
        "今と同じパスワードです。新しいものにしてください。",
    ),
    (
        "Expected an account with a password, got one of the demo. It needs none.",
        "これはデモ用の利用者です。パスワードは要りません。",
    ),
    (
        "Expected another's account, got the own one. Change it on the screen.",
        "自分のパスワードは、ここでは出し直せません。画面の「パスワードを変える」を使ってください。",
    ),
    (
        "Expected another's account, got the own one. Ask another administrator.",
        "自分の利用者情報は変えられません。ほかの管理者に頼んでください。",
    ),
    (
        "Expected another administrator to remain, got the last one. Add one first.",
        "管理者が一人もいなくなります。先にほかの管理者を加えてください。",
    ),
    (
        "Expected an administrator for accounts, got another role. Ask an administrator.",
        "利用者を管理できるのは管理者だけです。管理者に頼んでください。",
    ),
    (
        "Expected districts with the role coordinator, and only with it. Name them.",
        "担当地区は、地区コーディネーターに、そしてその役割だけに指定してください。",
    ),
    (
        "Expected codes of community districts, got unknown {codes}. Correct them.",
        "「{codes}」という校下・地区のコードはありません。直してください。",
    ),
    (
        "Expected the id of a watcher in the register, got an unknown one. Correct it.",
        "その番号の担い手は名簿にいません。番号を確かめてください。",
    ),
    (
        "Expected one of the own districts ({own}), got none. Name it with --district.",
        "担当する地区（{own}）のどれかを --district で指定してください。",
    ),
    (
        "Expected an own district, got {district}. Its coordinator may ask for it.",
        "{district} は担当する地区ではありません。その地区のコーディネーターに頼んでください。",
    ),
    (
        "Expected an open account, got one closed just now. Ask an administrator.",
        "この利用者は、たった今、止められました。管理者にたずねてください。",
    ),
    (
        "Expected a password of one's own, got a first one. Change it on the screen first.",
        "まだ最初のパスワードのままです。先に画面でパスワードを変えてください。",
    ),
    (
        "Expected a role that may run {command}, got {role}. Ask someone whose task it is.",
        "この役割（{role}）では「{command}」を実行できません。担当の人に頼んでください。",
    ),
    (
        "Expected an account and its password, got others or one locked after failed tries. "
        "Set MIMAMORI_PASSWORD or answer the question; wait when it is locked.",
        "利用者名かパスワードが違うか、続けて間違えたため一時止まっています。"
        "MIMAMORI_PASSWORD に入れるか、問いに答えてください。止まっているときは、しばらくお待ちください。",
    ),
    (
        "Expected a database that answers, got '{cause}'. Check that it is one of this program, that "
        "nobody else is writing, and that the disk is not full.",
        "データベースを使えません（{cause}）。このプログラムのものか、ほかの人が書き込み中でないか、空き容量があるかを確かめてください。",
    ),
    (
        "Expected a file or folder that can be used, got '{error}' for '{filename}'. Choose another place.",
        "ファイルやフォルダーを使えません（{filename}：{error}）。別の場所を指定してください。",
    ),
    (
        "Expected community or school districts to draw, got none. Import them with "
        "'mimamori import community-districts FILE'.",
        "地図に描く校下・地区も小学校区もありません。mimamori import community-districts で取り込んでください。",
    ),
    # 提案・取り消し・シナリオ・費用・依頼
    (
        "Expected an open proposal, got one decided meanwhile. Look at the list again.",
        "この提案は、その間に決まったか取り下げられました。一覧をもう一度ご覧ください。",
    ),
    (
        "Expected an edit that was kept, got number {number}. Look at the list again.",
        "変更の記録 {number} 番はありません。一覧をもう一度ご覧ください。",
    ),
    (
        "Expected an edit nobody built on, got one undone or changed since. Undo the later one first.",
        "この変更は、すでに取り消されたか、そのあとに変えられています。あとの変更から順に取り消してください。",
    ),
    (
        "Expected known assignments, got {count} unknown. Look at the list again.",
        "登録にない担当が {count} 件あります。一覧をもう一度ご覧ください。",
    ),
    (
        "Expected a scenario name nobody else uses or changed, got one in use. Look at the list again.",
        "この名前のシナリオは、ほかの人が作ったか変えています。一覧をもう一度ご覧ください。",
    ),
    (
        "Expected the scenario as read, got a changed one. Look at the list again.",
        "このシナリオは、その間に変えられました。一覧をもう一度ご覧ください。",
    ),
    (
        "Expected a planner to change costs, got a coordinator. Ask the city.",
        "費用の表を変えられるのは市の担当者です。市にご相談ください。",
    ),
    (
        "Expected the costs as read, got changed ones. Look at the table again.",
        "費用の表は、その間に変えられました。表をもう一度ご覧ください。",
    ),
    (
        "Expected hours such as mon 09:00-12:00;sat 08:00-18:00. Write them so.",
        "都合のよい時間は「月 9:00-12:00;土 8:00-18:00」のように書いてください。",
    ),
    (
        "Expected latest at least as long after earliest as the task takes. Correct the times.",
        "終了時刻は、開始時刻から所要時間だけあとにしてください。",
    ),
    (
        "Expected a time of day such as 08:30. Write it so.",
        "時刻は 8:30 のように書いてください。",
    ),
    (
        "Expected weekdays such as mon;thu. Write them so.",
        "曜日は「月;木」のように書いてください。",
    ),
    (
        "Expected a district to make proposals for, got none. Choose one.",
        "提案を作る校下・地区を選んでください。",
    ),
    (
        "Expected visits above 0, got none. Reject the proposal instead.",
        "訪問回数は 0 より大きくしてください。訪問しないときは「見送る」を選んでください。",
    ),
    (
        "Expected one of the watchers who could visit this household, got another. Choose from the list.",
        "この世帯を訪問できる担い手ではありません。一覧から選んでください。",
    ),
    (
        "Expected the household and its watchers as they were when this was proposed, got changes since. "
        "Make the proposals again.",
        "提案を作ったあとに、この世帯か担い手の担当が変わりました。提案を作り直してください。",
    ),
    (
        "Expected room for these visits at {watchers}, got too little. "
        "Accept what frees it first, or choose another watcher.",
        "{watchers} さんには、この訪問を引き受ける余裕がまだありません。余裕ができるほかの提案を先に採用するか、別の担い手を選んでください。",
    ),
    # シナリオ・比較・引き継ぎ
    (
        "Expected watchers to leave by ids or by conditions, got both or neither. Give one of them.",
        "退く担い手は、担い手の番号か条件のどちらか一方だけで指定してください。",
    ),
    (
        "Expected {name} of a new watcher >= 0, got {value}. Correct it.",
        "新しい担い手の「{name}」が 0 以上の数ではありません（入力：{value}）。直してください。",
    ),
    (
        "Expected active kinds in sharing rules, got {kinds}. Correct them.",
        "共有の決まりは、訪問する担い手の種別についてだけ指定できます（入力：{kinds}）。",
    ),
    (
        "Expected one level for each kind of watcher, got none or several. Give one each.",
        "共有の決まりは、種別ごとに一つずつ指定してください。",
    ),
    (
        "Expected consent levels from 1 to 5, got {levels}. Correct them.",
        "同意の段階は 1 から 5 までです（入力：{levels}）。直してください。",
    ),
    (
        "Expected season one of {seasons}, got {season}. Choose one.",
        "「{season}」という季節はありません。{seasons} から選んでください。",
    ),
    (
        "Expected streets to close, got none. Name them.",
        "通れなくする道が指定されていません。指定してください。",
    ),
    (
        "Expected a kind of place {kinds}, got {kind}. Choose one.",
        "「{kind}」という施設の種別はありません。{kinds} から選んでください。",
    ),
    (
        "Expected an id for the new place, got none. Give one.",
        "新しい施設の番号がありません。付けてください。",
    ),
    (
        "Expected a consent level from 0 to 4, got {level}. Correct it.",
        "同意の段階は 0 から 4 までです（入力：{level}）。直してください。",
    ),
    (
        "Expected households by district, by neighbourhood or by ids, got {ways} of the three. Give one of them.",
        "同意が変わる世帯は、校下・地区、町会・町丁、世帯の番号のどれか一つだけで指定してください。",
    ),
    (
        "Expected an agreement between two districts, got {district} twice. Name two.",
        "協定の両側が同じ校下・地区（{district}）です。二つを指定してください。",
    ),
    (
        "Expected a change {changes}, got {name}. Choose one.",
        "「{name}」という変更はありません。{changes} から選んでください。",
    ),
    (
        "Expected only fields of {change}, got {names} too. Leave them out.",
        "「{change}」にない項目（{names}）があります。除いてください。",
    ),
    (
        "Expected {change} with all fields, got none named {names}. Add them.",
        "「{change}」に必要な項目（{names}）がありません。加えてください。",
    ),
    (
        "Expected {name} of {change} in its usual form, got {value}. Correct it.",
        "「{change}」の「{name}」の書き方が正しくありません（入力：{value}）。直してください。",
    ),
    (
        "Expected a known kind of watcher, got {kind}. Correct it.",
        "「{kind}」という担い手の種別はありません。直してください。",
    ),
    (
        "Expected a place in finite metres, got {x}, {y}. Correct it.",
        "場所の座標が正しくありません（入力：{x}、{y}）。直してください。",
    ),
    (
        "Expected a name for the scenario, got none. Give one.",
        "シナリオの名前がありません。付けてください。",
    ),
    (
        "Expected each change of a scenario once, got more of {names}. Keep one of each.",
        "シナリオの中で同じ変更が重なっています（{names}）。一つずつにしてください。",
    ),
    (
        "Expected a scenario with a name and a list of changes, got another form. Correct it.",
        "シナリオは、名前と変更の一覧で書いてください。",
    ),
    (
        "Expected each watcher to leave once, got more of {first}. Keep one change of each.",
        "同じ担い手が二度退くことになっています（{first}）。一度だけにしてください。",
    ),
    (
        "Expected watchers in office to leave, got {count} others: {first}. Correct them.",
        "退く担い手のうち {count} 人は、いま活動している担い手ではありません（{first}）。直してください。",
    ),
    (
        "Expected watchers in office that meet the conditions to leave, got none. Correct the conditions.",
        "条件に合う、いま活動している担い手がいません。条件を直してください。",
    ),
    (
        "Expected a watcher or place to report to, got {count} unknown: {first}. Correct them.",
        "報告先が見つかりません（{count} 件：{first}）。直してください。",
    ),
    (
        "Expected each household's consent to change once, got {count} more. Keep one change of each.",
        "{count} 世帯の同意が二つ以上の変更に入っています。一つずつにしてください。",
    ),
    (
        "Expected households of this city, got {count} unknown. Correct their ids.",
        "{count} 件の世帯の番号が見つかりません。直してください。",
    ),
    (
        "Expected an area with households, got {area}. Correct the code.",
        "「{area}」には対象の世帯がありません。区域の番号を直してください。",
    ),
    (
        "Expected new agreements, got some in force already: {first}. Leave them out.",
        "すでに結ばれている協定があります（{first}）。除いてください。",
    ),
    (
        "Expected streets of this city, got {count} unknown: {first}. Correct them.",
        "{count} 本の道が見つかりません（{first}）。直してください。",
    ),
    (
        "Expected new ids for new places, got some in use: {first}. Choose others.",
        "施設の番号がすでに使われています（{first}）。別の番号にしてください。",
    ),
    (
        "Expected community districts of this city, got {count} unknown: {first}. Correct them.",
        "{count} 件の校下・地区が見つかりません（{first}）。直してください。",
    ),
    (
        "Expected scenarios to compare, got none. Choose one at least.",
        "比べるシナリオがありません。一つ以上選んでください。",
    ),
    (
        "Expected households with the area column {column}, got none. Choose another layer.",
        "「{column}」の区域が世帯に付いていません。別の区域を選んでください。",
    ),
    (
        "Expected each household once, got repeated ids. Keep one row each.",
        "同じ世帯が二度あります。一世帯一行にしてください。",
    ),
    (
        "Expected analyses with all columns, got none named {names}. Assess them again.",
        "分析の結果に足りない項目（{names}）があります。もう一度分析してください。",
    ),
    (
        "Expected watchers who leave to be known, got others: {first}. Correct them.",
        "退く担い手が見つかりません（{first}）。直してください。",
    ),
    (
        "Expected each watcher to leave once, got more of {first}. Name each once.",
        "同じ担い手が二度挙がっています（{first}）。一度だけにしてください。",
    ),
    (
        "Expected a successor who is an active watcher in office and stays, got {successor}. Choose another.",
        "後任には、続けて活動していて訪問のできる担い手を選んでください（入力：{successor}）。",
    ),
    (
        "Expected a way to share visits of {ways}, got {sharing}. Choose one.",
        "訪問の分け方に「{sharing}」はありません。{ways} から選んでください。",
    ),
    (
        "Expected candidates who are active watchers in office and stay, got others: {first}. Leave them out.",
        "後任の候補には、続けて活動していて訪問のできる担い手を選んでください（そうでない人：{first}）。",
    ),
    # 協力先・居場所までの道のり・日常の手伝い
    (
        "Expected enough passes a month > 0, got {passes}. Correct it.",
        "「十分」とする月の回数は、0 より大きくしてください（入力：{passes}）。",
    ),
    (
        "Expected a known unit of signing, got {unit}. Choose one.",
        "協定の単位に「{unit}」はありません。団体ごとか、経路ごとかを選んでください。",
    ),
    (
        "Expected known households to count, got {households}. Choose them.",
        "数える世帯に「{households}」はありません。見守りの足りない世帯か、すべての世帯かを選んでください。",
    ),
    (
        "Expected costs of signing >= 0 yen, got {count} others. Correct them.",
        "協定の費用が空いているか、0円を下回るものが {count} 件あります。直してください。",
    ),
    (
        "Expected a number of partners or a budget, got neither. Give one.",
        "協力先の数か予算のどちらかを入れてください。",
    ),
    (
        "Expected a number of partners >= 0, got {count}. Correct it.",
        "協力先の数は 0 以上にしてください（入力：{count}）。",
    ),
    (
        "Expected a budget >= 0 yen, got {yen}. Correct it.",
        "予算は 0 円以上にしてください（入力：{yen}）。",
    ),
    (
        "Expected ids of partners, got {first}. Correct them.",
        "協力先の候補にない番号があります（{first}）。直してください。",
    ),
    (
        "Expected rising cutoffs above 0 m, got {cutoffs}. Correct it.",
        "距離の区切りは、0 m より大きく、小さい順に並べてください（入力：{cutoffs}）。",
    ),
    (
        "Expected a weight from 0 to 1 for each cutoff, got {weights}. Correct it.",
        "距離の区切りごとに、0 から 1 までの重みを一つずつ入れてください（入力：{weights}）。",
    ),
    (
        "Expected weights that never rise with distance, got {weights}. Correct it.",
        "重みは、遠い区切りほど小さくするか、同じにしてください（入力：{weights}）。",
    ),
    (
        "Expected places measured as far as {metres} m, got {count} with less. Measure again.",
        "{metres} m まで測っていない場所が {count} か所あります。測り直してください。",
    ),
    (
        "Expected walks to all households, got {count} without. Measure again.",
        "道のりを測っていない世帯が {count} 世帯あります。測り直してください。",
    ),
    (
        "Expected walks from all places, got {count} without. Measure again.",
        "道のりを測っていない場所が {count} か所あります。測り直してください。",
    ),
    (
        "Expected demand >= 0 of every household, got {count} others. Correct them.",
        "世帯の重みが空いているか、0 を下回るものが {count} 件あります。直してください。",
    ),
    (
        "Expected capacity of places >= 0, got {count} others. Correct them.",
        "場所の定員が空いているか、0 を下回るものが {count} 件あります。直してください。",
    ),
    (
        "Expected a number of places >= 0, got {count}. Correct it.",
        "開く場所の数は 0 以上にしてください（入力：{count}）。",
    ),
    (
        "Expected ids of candidates, got {first}. Correct them.",
        "候補にない番号があります（{first}）。直してください。",
    ),
    (
        "Expected locks with all columns, got none named {names}. Add them.",
        "固定する手伝いの表に、足りない列があります（{names}）。列を加えてください。",
    ),
    (
        "Expected usual hours to begin before they end, got {begin}-{end}. Correct them.",
        "ふだん動ける時間は、始まりを終わりより前にしてください（入力：{begin}～{end}）。",
    ),
    (
        "Expected minutes a day > 0, got {minutes}. Correct it.",
        "一日に動ける分数は、0 より大きくしてください（入力：{minutes}）。",
    ),
    (
        "Expected metres a minute > 0, got {metres}. Correct it.",
        "一分に歩く距離は、0 m より大きくしてください（入力：{metres}）。",
    ),
    (
        "Expected effort > 0, got {effort}. Correct it.",
        "探す手間の上限は、0 より大きくしてください（入力：{effort}）。",
    ),
    (
        "Expected weekly hours such as mon 09:00-12:00, got others of {first}. Correct them.",
        "動ける時間が読めない担い手がいます（{first}）。「月 9:00-12:00」のように書いてください。",
    ),
    (
        "Expected minutes a week >= 0, got {count} negative. Correct them.",
        "一週間に動ける分数が 0 を下回る担い手が {count} 人います。直してください。",
    ),
    (
        "Expected a first day before the last, got {first} to {last}. Swap them.",
        "期間の始まりが終わりより後になっています（{first}～{last}）。入れ替えてください。",
    ),
    (
        "Expected a period of at most {limit} days, got {days}. Shorten it.",
        "期間が {days} 日あり、上限の {limit} 日を超えます。短くしてください。",
    ),
    (
        "Expected whole minutes above 0 of each task, got others in {who}. Correct them.",
        "所要時間は、1 分以上の整数で書いてください（依頼：{who}）。",
    ),
    (
        "Expected whole people above 0 for each task, got others in {who}. Correct them.",
        "必要な人数は、1 人以上の整数で書いてください（依頼：{who}）。",
    ),
    (
        "Expected a whole interval above 0 between repeats, got others in {who}. Correct them.",
        "繰り返しの間隔は、1 以上の整数で書いてください（依頼：{who}）。",
    ),
    (
        "Expected a weight from 0 to 1000 of each task, got others in {who}. Correct them.",
        "依頼の重みは、0 から 1000 までにしてください（依頼：{who}）。",
    ),
    (
        "Expected tasks once, weekly or monthly, got others in {who}. Correct them.",
        "繰り返しは、一回・毎週・毎月のどれかにしてください（依頼：{who}）。",
    ),
    (
        "Expected weekdays of tasks such as mon;thu, got others in {who}. Correct them.",
        "曜日は「月木」のように書いてください（依頼：{who}）。",
    ),
    (
        "Expected times of tasks such as 08:30, got others in {who}. Correct them.",
        "時刻は「08:30」のように書いてください（依頼：{who}）。",
    ),
    (
        "Expected a first day of each task, got others in {who}. Correct them.",
        "依頼の日、または始まる日を書いてください（依頼：{who}）。",
    ),
    (
        "Expected room for the work between its times, got others in {who}. Correct them.",
        "早い時刻と遅い時刻の間が、所要時間より短くなっています。直してください（依頼：{who}）。",
    ),
    # 募集と、手だての選び方
    (
        "Expected spacing_m > 0, got {value}. Correct it.",
        "格子の間隔は0メートルより大きくしてください（入力：{value}）。",
    ),
    (
        "Expected places as points, got {count} other shapes. Take a point of each.",
        "候補の場所に点でない図形が {count} 件あります。点で指定してください。",
    ),
    (
        "Expected count >= 0, got {value}. Correct it.",
        "数は0以上で入力してください（入力：{value}）。",
    ),
    (
        "Expected budget >= 0, got {value}. Correct it.",
        "予算は0以上で入力してください（入力：{value}）。",
    ),
    (
        "Expected required for {count} actions, got {given}. Give one each.",
        "必ず行う手だての指定の数（{given}）が、手だての数（{count}）と合いません。一つずつ指定してください。",
    ),
    (
        "Expected counts or budgets, got both or neither. Give one of them.",
        "人数か予算の、どちらか一方だけを指定してください。",
    ),
    (
        "Expected rising {name}s >= 0, got falling or negative ones. Sort them.",
        "人数や予算は、0以上の数を小さい順に並べてください。",
    ),
    (
        "Expected a weight of backups above 0 and below 1, got {value}. Correct it.",
        "控えの担い手の重みは、0より大きく1より小さい数にしてください（入力：{value}）。",
    ),
    (
        "Expected candidates indexed by 'candidate_id' without repeats, got others. Correct them.",
        "募集の候補の番号がないか、重なっています。直してください。",
    ),
    (
        "Expected candidates with the column 'district', got none. Add it.",
        "募集の候補に校下・地区の列がありません。加えてください。",
    ),
    (
        "Expected walking costs of every candidate and household, got {candidates} "
        "candidates and {households} households without. Measure them again.",
        "徒歩の距離のない候補が {candidates} か所、世帯が {households} 世帯あります。もう一度測ってください。",
    ),
    (
        "Expected kind {kinds}, got '{kind}'. Choose one.",
        "「{kind}」という担い手の種類はありません。{kinds} から選んでください。",
    ),
    (
        "Expected visits_per_month > 0, got {value}. Correct it.",
        "月の訪問回数は0より大きくしてください（入力：{value}）。",
    ),
    (
        "Expected reach_m > 0, got {value}. Correct it.",
        "歩いて届く距離は0メートルより大きくしてください（入力：{value}）。",
    ),
    (
        "Expected a share from 0 to 1, got {value}. Correct it.",
        "割合は0から1までで入力してください（入力：{value}）。",
    ),
    (
        "Expected measure {measures}, got '{measure}'. Choose one.",
        "「{measure}」という数え方はありません。{measures} から選んでください。",
    ),
    (
        "Expected a share above 0 to 1 of conditions, got another. Correct it.",
        "抜ける割合は、条件で選ぶときだけ、0 より大きく 1 以下で書いてください。",
    ),
    (
        "Expected a seed >= 0, got {seed}. Correct it.",
        "くじの番号は 0 以上です（入力：{seed}）。直してください。",
    ),
    (
        "Expected a scenario ({some}), got {name}. Choose one of them.",
        "「{name}」というシナリオはありません（あるもの：{some}）。この中から選んでください。",
    ),
    (
        "Expected a name of up to {longest} signs that is not the baseline's, got another. Choose another name.",
        "名前は {longest} 字までで、「基準」以外にしてください。",
    ),
    (
        "Expected a scenario to end, got the baseline. Choose another.",
        "基準は終えられません。ほかのシナリオを選んでください。",
    ),
    (
        "Expected a community district for the new place, got {district}. Choose another.",
        "新しい場所の校下・地区「{district}」がありません。ほかを選んでください。",
    ),
    (
        "Expected lon and lat in degrees, got another form. Correct them.",
        "緯度・経度は、度の数字で書いてください。",
    ),
    (
        "Expected consent by district or neighbourhood, got single households. Name an area.",
        "同意の変更は、世帯ごとではなく、校下・地区か町会・町丁で指定してください。",
    ),
    (
        "Expected watchers of an own district, or kinds and districts instead of names, got others. Choose by kind and district.",
        "名指しできるのは自分の地区の担い手だけです。種別と地区で選んでください。",
    ),
    (
        "Expected two scenarios to compare, got {name} twice. Choose another one beside it.",
        "同じシナリオ「{name}」どうしは比べられません。別のものを選んでください。",
    ),
    (
        "Expected at least {least} watchers to leave by a change, got fewer. Widen the conditions, or ask the coordinator of the district.",
        "抜ける担い手が {least} 人・団体に満たない変更は、一人ひとりの様子が分かるため、ここでは比べられません。条件を広げるか、その地区のコーディネーターに頼んでください。",
    ),
    (
        "Expected a scenario with changes, got the baseline. Choose another.",
        "基準には変更がありません。ほかのシナリオを選んでください。",
    ),
    (
        "Expected changes that concern {district}, got none. Choose another scenario or district.",
        "このシナリオには、地区「{district}」で提案にする変更がありません。ほかのシナリオか地区を選んでください。",
    ),
    (
        "Expected every hidden count to keep at least six possible values, got fewer. Nothing was written; publish fewer figures.",
        "秘匿した数が計算で分かるおそれがあるため、何も書きませんでした。載せる数を減らしてください。",
    ),
    (
        "Expected a change as 'type name=value …', got {text}. Write name=value.",
        "変更は「種類 名前=値 …」の形で書いてください（入力：{text}）。",
    ),
    (
        "Expected a JSON file of changes, got an unreadable one ({name}). Correct it.",
        "変更のファイル「{name}」を JSON として読めません。直してください。",
    ),
    (
        "Expected a list of changes in {name}, got another form. Correct it.",
        "ファイル「{name}」に変更の一覧がありません。直してください。",
    ),
    (
        "Expected the same districts on both sides, got others. Assess them together.",
        "両側の区域が同じではありません。まとめて調べ直してください。",
    ),
    (
        "Expected no difference where a side is hidden or it is from 1 to 9, got some. Protect the pair first.",
        "秘匿した数や 10 未満の差が含まれています。先に二つの表を保護してください。",
    ),
    (
        "Expected a watcher of the own district, got {watcher}. Choose one from the list.",
        "担当する地区の担い手ではありません（{watcher}）。一覧から選んでください。",
    ),
    # 生活の手伝いと歩いて行ける場所
    (
        "Expected a kind of place ({kinds}), got {kind}. Choose one.",
        "「{kind}」という場所の種類はありません。{kinds} から選んでください。",
    ),
    (
        "Expected a walk of {low} to {high} minutes, got {number}. Correct it.",
        "歩く時間は {low}～{high} 分にしてください（{number} 分でした）。",
    ),
    (
        "Expected 0 to {high} places to open, got {number}. Correct it.",
        "新しく開く数は 0～{high} にしてください（{number} でした）。",
    ),
    (
        "Expected 1 to {high} days to plan, got {number}. Correct it.",
        "日数は 1～{high} 日にしてください（{number} 日でした）。",
    ),
    (
        "Expected --lock task:date:watcher, got {lock}. Write for example K001:2026-04-06:B001.",
        "--lock は「依頼:日:担い手」のように書いてください（「{lock}」でした）。例えば K001:2026-04-06:B001 です。",
    ),
    (
        "Expected a file without errors, got {bad} rows with errors of {rows}, first in row {row}: {reason}",
        "{rows} 行のうち {bad} 行に誤りがあります。はじめは {row} 行目です：{reason}",
    ),
    (
        "Expected somebody who helps, got nobody. Plan daily help first.",
        "手伝いに行く担い手がいません。先に生活の手伝いを組んでください。",
    ),
    (
        "Expected 1 to {most} places for new watchers, got {number}. Choose another spacing, other districts "
        "or other places.",
        "担い手を募る場所の候補は 1～{most} か所にしてください（今は {number} か所）。"
        "間隔・地区・場所を変えてください。",
    ),
    (
        "Expected candidate places without errors, got row {row}: {reason}. Correct the file.",
        "候補地のファイルの {row} 行目に誤りがあります：{reason}。ファイルを直してください。",
    ),
    (
        "Expected columns {columns} in {name}, got others. Correct it.",
        "「{name}」には列 {columns} が要ります。直してください。",
    ),
    (
        "Expected yen_per_year as numbers in {name}, got others. Correct it.",
        "「{name}」の yen_per_year は数字で書いてください。",
    ),
    (
        "Expected neighbourhoods as places, got none. Import them with 'mimamori import neighbourhoods FILE', or "
        "use a grid.",
        "町会・町丁が入っていません。mimamori import neighbourhoods で取り込むか、ます目を使ってください。",
    ),
    (
        "Expected a number of agreements >= 0, got {count}. Correct it.",
        "協定の数は 0 以上にしてください（今は {count}）。",
    ),
    (
        "Expected a number of households to ask >= 0, got {count}. Correct it.",
        "同意をお願いする世帯の数は 0 以上にしてください（今は {count}）。",
    ),
    (
        "Expected response above 0 and at most 1, got {share}. Correct it.",
        "同意が得られる割合は 0 より大きく 1 以下にしてください（今は {share}）。",
    ),
    (
        "Expected at least 2 points, got {count}. Correct it.",
        "点の数は 2 以上にしてください（今は {count}）。",
    ),
    (
        "Expected a point of the frontier from 0 to {last}, got {point}. Choose one.",
        "予算の点は 0 から {last} までの中から選んでください（今は {point}）。",
    ),
    (
        "Expected one whole number of visits for each of {links} links, got {shape} of {sort}. Give one per link.",
        "訪問回数は {links} 件の組のそれぞれに整数で一つずつ必要です（今は {shape}、{sort}）。",
    ),
    (
        "Expected visits over allowed links within needs and capacities, got {count} outside. "
        "Take them from the same graph.",
        "訪問できる組と、必要な回数・訪問できる回数の範囲を {count} 件が外れています。同じ時点の訪問回数を使ってください。",
    ),
    (
        "Expected candidates with all columns, got none named {columns}. Add them.",
        "候補に {columns} の列がありません。加えてください。",
    ),
    (
        "Expected candidates of kinds that visit, got {kinds}. Correct them.",
        "候補に訪問しない種類（{kinds}）が入っています。直してください。",
    ),
    (
        "Expected visits and reach of candidates >= 0, got {count} others. Correct them.",
        "候補の訪問できる回数と歩ける距離は 0 以上にしてください（{count} 件）。",
    ),
    (
        "Expected each candidate once, got {count} repeated. Remove them.",
        "候補が {count} 件重なっています。取り除いてください。",
    ),
    (
        "Expected walking costs of all candidates, got {count} without. Measure them.",
        "道のりを測っていない候補が {count} 件あります。測ってください。",
    ),
    (
        "Expected walks to households of the graph, got others. Measure them with these households.",
        "候補からの道のりが、ほかの世帯へのものです。この世帯で測り直してください。",
    ),
    (
        "Expected costs >= 0 yen a year, got {prices}. Correct them.",
        "単価は 0 円以上（年あたり）にしてください（今は {prices}）。",
    ),
    (
        "Expected a kind that visits ({kinds}), got {kind}. Choose one.",
        "「{kind}」は訪問する担い手ではありません。{kinds} から選んでください。",
    ),
    (
        "Expected each known remedy once, got {names}. Correct the table.",
        "知られている費目を一度ずつ書いてください（{names}）。表を直してください。",
    ),
    (
        "Expected the day the proposals were made for ({days}), got {day}. "
        "Choose that day, or make the proposals again.",
        "この提案は {days} を基準に作ったものです（いまの基準日は {day}）。左の基準日を合わせるか、提案を作り直してください。",
    ),
    (
        "Expected a change to take back, got an undoing. Decide the proposal again.",
        "取り消しを取り消すことはできません。提案の一覧でもう一度決めてください。",
    ),
    (
        "Expected a last day on or after {first}, got {last}. Choose a later one.",
        "終わりの日（{last}）は {first} 以後にしてください。",
    ),
    # 秘密鍵
    (
        "Expected a secret of at least {number} hexadecimal digits, got something else. Make a random one.",
        "秘密鍵は十六進数で {number} 桁以上にしてください。乱数で作ってください。",
    ),
    (
        "Expected the installation's secret in {name}, got no file. "
        "Put it back from where the backups' key is kept.",
        "秘密鍵のファイル「{name}」がありません。控えから戻してください。",
    ),
    (
        "Expected the secret file {name} readable by its owner only, got wider rights. Run: chmod 600 on it.",
        "秘密鍵のファイル「{name}」をほかの人が読める状態です。chmod 600 で持ち主だけが読めるようにしてください。",
    ),
    (
        "Expected the installation's secret beside a server's database, got none. "
        "Set MIMAMORI_SECRET, or MIMAMORI_SECRET_FILE to a file only its owner can read.",
        "サーバーのデータベースには秘密鍵が必要です。MIMAMORI_SECRET か、持ち主だけが読めるファイルを指す MIMAMORI_SECRET_FILE を設定してください。",
    ),
    (
        "Expected a watcher's id with the role watcher, and only with it. Name it.",
        "担い手の番号は、役割が担い手のときだけ必要です。指定してください。",
    ),
    # 公表
    (
        "Expected a date after the last release ({last}), got {date}. What was published is not replaced.",
        "前回の公表（{last}）より後の日にしてください（指定：{date}）。一度公表した数は差し替えません。",
    ),
    (
        "Expected published files as recorded, got {files} changed. Put the database back from a backup.",
        "公表した記録と中身の違うファイルがあります：{files}。バックアップからデータベースを戻してください。",
    ),
    (
        "Expected a planner or an administrator to publish, got the role {role}. Ask one of them.",
        "公表できるのは企画担当者か管理者です（今の役割：{role}）。どちらかに頼んでください。",
    ),
    (
        "Expected a release of 1 April or 1 October, got {date}. Give --date.",
        "公表できるのは4月1日現在か10月1日現在の数です（指定：{date}）。基準日（--date）を選び直してください。",
    ),
    (
        "Expected the season of this fiscal year's releases ({seasons}), got {season}. "
        "Publish that one, or wait for the next fiscal year.",
        "この年度はすでに {seasons} の数を公表しています（指定：{season}）。同じ季節で公表するか、次の年度まで待ってください。",
    ),
    (
        "Expected every hidden count to keep at least six possible values over all releases, got "
        "{narrow} with fewer after {rounds} rounds. Nothing was published; wait for the next fiscal year, or ask who "
        "keeps the rules.",
        "隠した数のうち {narrow} か所が、これまでの公表と合わせると絞り込めてしまいます（{rounds} 回試しました）。公表しませんでした。次の年度まで待つか、規則の担当者に相談してください。",
    ),
    (
        "Expected community districts to publish for, got none. "
        "Import them with 'mimamori import community-districts FILE'.",
        "公表の単位になる地区がありません。mimamori import community-districts で取り込んでください。",
    ),
    (
        "Expected the map of {layer} to say what its table says, got a difference. "
        "Nothing was published; report this.",
        "地図と表（{layer}）の内容が一致しません。公表しませんでした。不具合として知らせてください。",
    ),
    (
        "Expected further layers of {layers}, got {unknown}. Correct --also.",
        "合わせて公表できるのは {layers} です（指定：{unknown}）。--also を直してください。",
    ),
    (
        "Expected areas of {layers} to publish, got none. Import them, or leave them out.",
        "公表する区域（{layers}）が登録されていません。取り込むか、公表する表から外してください。",
    ),
    (
        "Expected the rows of one proposal, got those of several. Decide them one by one.",
        "いくつもの提案を一度には決められません。一つずつ決めてください。",
    ),
    # 記録
    (
        "Expected a reason to prune the trail, got none. Say why.",
        "記録を消す理由がありません。理由を書いてください。",
    ),
    (
        "Expected a settled retention period, got none. Settle it, then prune.",
        "記録の保存期間が決まっていません。決めてから消してください。",
    ),
    (
        "Expected a day at least {days} days ago, got a later one. Events are kept so long.",
        "記録は {days} 日間保存します。それより前の日を指定してください。",
    ),
    (
        "Expected a whole trail, got one with faults. Keep it and find out why.",
        "記録が壊れているので消せません。そのまま残して、原因を調べてください。",
    ),
    (
        "Expected a role that may do this with the trail ({roles}), got {role}. Ask the auditor.",
        "この役割（{role}）では、記録を扱えません（扱えるのは {roles}）。監査担当に頼んでください。",
    ),
    (
        "Expected at least 1 for each number of the trail's rule, got less. Correct it.",
        "記録の決まりの数は 1 以上にしてください。",
    ),
    (
        "Expected a whole trail with an event, got none to anchor. Run 'audit verify'.",
        "記録が空か壊れているので、控えを取れません。先に記録を確かめてください。",
    ),
    (
        "Expected an anchor as number:hash, got something else. Copy it from its sheet.",
        "控えは「番号:ハッシュ」の形で入れてください。控えの紙から写してください。",
    ),
    (
        "Expected time, number and hash on line {line} of the anchors, got something else. Mend it.",
        "控えのファイルの {line} 行目が、日時・番号・ハッシュの形になっていません。直してください。",
    ),
    # ずらした点
    (
        "Expected 1 <= floor <= k, got {floor} and {k}. Correct them.",
        "下限は 1 以上、紛れる戸数（{k}）以下にしてください（いまは {floor}）。",
    ),
    (
        "Expected homes, dwellings and districts in one metric CRS, got others. Convert them.",
        "世帯・住戸・地区の座標系をメートルの同じものにそろえてください。",
    ),
    (
        "Expected each home once, got repeats. Remove them.",
        "同じ世帯が二度あります。一つにしてください。",
    ),
    (
        "Expected at least {k} dwellings to hide among, got {found}. "
        "Import neighbourhoods with household counts, or give a file of dwellings.",
        "紛れる先の住戸が {k} 戸以上必要です（いまは {found} 戸）。世帯数のある町丁目を取り込むか、住戸のファイルを渡してください。",
    ),
    (
        "Expected a key of 32 bytes or more, got {length}. Use the installation's.",
        "鍵は 32 バイト以上必要です（いまは {length}）。この設置の秘密鍵を使ってください。",
    ),
    (
        "Expected neighbourhoods with household counts, got none. Import them, or give a file of dwellings.",
        "世帯数のある町丁目がありません。取り込むか、住戸のファイルを渡してください。",
    ),
    (
        "Expected dwellings without errors, got row {row}: {reason} Correct the file.",
        "住戸のファイルの {row} 行目に誤りがあります：{reason} 直してください。",
    ),
    (
        "Expected --displace with households only, got it with {layer}. Leave it out.",
        "--displace は世帯の取り込みだけに使えます（いまは {layer}）。外してください。",
    ),
    (
        "dwellings to hide among were taken along the streets of each neighbourhood; a file of addresses "
        "or buildings tells more exactly how well each point hides",
        "紛れる先の住戸は、町丁目の世帯数を道沿いに置いたものです。住所か建物のファイルを渡すと、より確かになります",
    ),
    # 合算した区域と秘匿
    (
        "Expected least >= 2, got {least}. Correct it.",
        "最少の戸数は 2 以上にしてください（いまは {least}）。",
    ),
    (
        "Expected whole counts >= 0, got negative, missing or broken ones. Give households.",
        "戸数は 0 以上の整数にしてください。負の数、空欄、小数があります。",
    ),
    (
        "Expected a geometry of every block, got {count} without. Give them one.",
        "図形のない区画が {count} 件あります。図形を付けてください。",
    ),
    (
        "Expected kept areas within one district, got {count} in several: {areas}. Start a new year's areas.",
        "合算した区域のうち {count} 件が複数の地区にまたがっています：{areas}。新しい年度の区域を作ってください。",
    ),
    (
        "Expected arrays of {count} cells, got others. Correct their lengths.",
        "数の並びの長さが {count} と合いません。長さをそろえてください。",
    ),
    (
        "Expected sums of {unknowns} unknowns, got {given}. Correct the columns.",
        "守る合計の列は {unknowns} にしてください（いまは {given}）。",
    ),
    ("Expected weights > 0, got others. Correct them.", "重みは 0 より大きい数にしてください。"),
    (
        "Expected counts that add up, got cells no unknowns give. Count them together.",
        "表どうしの合計が合いません。同じ時点の戸数で数え直してください。",
    ),
    (
        "Expected 2 <= candidates <= floor, got {candidates}, {floor}. Raise the floor.",
        "候補の数は 2 以上、下限以下にしてください（いまは候補 {candidates}、下限 {floor}）。",
    ),
    (
        "Expected programmes >= 1, got {programmes}. Correct it.",
        "計算の回数の上限は 1 以上にしてください（いまは {programmes}）。",
    ),
    ("Expected a place, got none. Correct the file.", "場所がありません。ファイルを直してください。"),
)
