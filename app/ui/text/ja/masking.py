"""ずらした点の文言。"""

TEXT: dict[str, str] = {
    "masking.asked": "ずらした点を書き出す許しを求めました。もう一人の管理者が認めると、24 時間のあいだ書き出せます。",
    "masking.shown": "{homes} 世帯のうち {shown} 世帯を、ずらした点で示しました。まわりの住戸が 10 戸に届かない {left_out} 世帯は除き、望む戸数に届かない {below} 世帯は示しています。",
    "masking.k": "それぞれの点は、もとの家と同じかより近い住戸 {least} 戸以上（中央の値 {middle} 戸）に紛れています。",
    "masking.fitting": "決まりだけを知る人に残る候補は、最も少ない点で {least} 戸、100 点のうち 95 点で {low} 戸以上です。",
    "masking.moved": "ずらした距離は中央の値で {middle} m、最も長くて {most} m です。",
    "masking.source.file": "紛れる先の住戸：渡されたファイルの住所または建物。",
    "masking.source.streets": "紛れる先の住戸：町丁目の世帯数を、その道沿いに均等に置いたもの（建物や住所のファイルを --dwellings で渡すと、より確かになります）。",
    "masking.error": "{layer}別に数えると、点の {elsewhere} % が別の区域に入り、見守りの割合は最大で {change} ポイント変わります。",
    "masking.never_public": "内部の地図と試験のためのものです。公表してはいけません。",
    "repair.points displaced before they were kept": "ずらしてから取り込んだ点",
    "repair.households left out: too few dwellings to hide among": "紛れる住戸が足りず、取り込まなかった世帯",
}
