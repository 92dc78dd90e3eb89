"""転出・消去・バックアップの文言。"""

TEXT: dict[str, str] = {
    "housekeeping.left": "{households} 世帯を {day} で終了し、担当 {assignments} 件も同じ日で終わりにしました。",
    "housekeeping.left.before": "{households} 世帯は、それより前にすでに終了していました（日付はそのままです）。",
    "housekeeping.left.next": "次の分析から除かれます。消去するまでは、地区のページの「変更の記録」から取り消せます。",
    "housekeeping.retention.stated": "市の定めた保存期間：見守りが終わってから {days} 日。",
    "housekeeping.retention.default": "保存期間：見守りが終わってから {days} 日（仮の値です。市の定めを --keep-days で入れてください）。",
    "housekeeping.due": "消去の対象：{households} 世帯（まだ何も消していません）。",
    "housekeeping.erased": "{households} 世帯を消去しました。消した行は {rows} 行、番号を除いた記載は {changed} 行です。",
    "housekeeping.clean": "データベースのファイルも書き直しました。写しは残っていません。",
    "housekeeping.not_clean": "データベースのファイルに写しが残っています（ほかの人が使っているか、表の所有者ではないためです）。画面を止め、所有者の権限で、もう一度 mimamori erase を行ってください。",
    "housekeeping.outside": "書き出したファイル、印刷した紙、古いバックアップには届きません。市の決まりに従って廃棄してください。",
    "housekeeping.backed_up": "バックアップを {file} に書きました（{megabytes} MB、{rows} 行）。",
    "housekeeping.passphrase": "開けるには合い言葉だけが要ります。この機械とは別の所に、合い言葉とバックアップを分けて保管してください。",
    "housekeeping.restored": "{day} のバックアップを戻しました（{rows} 行）。",
    "housekeeping.restored.erased": "消去済みか、保存期間を過ぎた {households} 世帯は、戻したあとすぐに消去しました。",
    "housekeeping.restored.no_marks": "このバックアップより後に消去した世帯の記録はありませんでした。消去の記録が紙などにあれば、照らし合わせてください。",
    "housekeeping.restored.secret": "この設置の秘密の値を {file} に書きました。所有者だけが読めるままにしてください。",
}
