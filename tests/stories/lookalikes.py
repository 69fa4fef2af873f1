"""Invented events in pairs of a kind, each told by four outlets; and events told in English and in Russian."""

EVENTS: dict[str, list[tuple[str, str]]] = {
    "quake-lorvia": [
        (
            "Quake kills 14 in Lorvia",
            (
                "A magnitude 6.1 earthquake struck the Lorvian town of Pesk before dawn, killing 14 "
                "people and burying dozens under collapsed brick houses, the interior ministry said. "
                "Rescuers with dogs dug for survivors near the market."
            ),
        ),
        (
            "Lorvia earthquake: dozens trapped in Pesk",
            (
                "Dozens were feared trapped in Pesk, northern Lorvia, after a strong earthquake flattened "
                "brick houses. The interior ministry put the dead at 14. “The whole street is gone,” said "
                "baker Ilna Doru, pulled out by neighbours."
            ),
        ),
        (
            "Aftershocks slow rescue in northern Lorvia",
            (
                "Aftershocks hampered rescuers in Pesk, where a 6.1 quake killed at least 14. Lorvia's "
                "president Marek Sold declared three days of mourning and asked neighbours for heavy "
                "machinery to lift the rubble of collapsed houses."
            ),
        ),
        (
            "Pesk buries its dead",
            (
                "Families in the Lorvian town of Pesk buried the first of 14 victims of the magnitude 6.1 "
                "earthquake. President Marek Sold promised new homes for those whose brick houses "
                "collapsed."
            ),
        ),
    ],
    "quake-antarra": [
        (
            "Strong earthquake off Antarra triggers tsunami alert",
            (
                "A magnitude 7.4 earthquake off the island of Antarra prompted a tsunami warning for the "
                "Keel Strait. Coastal villages were evacuated, the seismological office in Bayo said; no "
                "deaths were reported."
            ),
        ),
        (
            "Antarra villagers flee to hills after 7.4 quake",
            (
                "Thousands fled to the hills on Antarra after an undersea earthquake of magnitude 7.4. "
                "The tsunami warning for the Keel Strait was lifted four hours later. Fishing boats were "
                "damaged in Bayo harbour."
            ),
        ),
        (
            "Tsunami warning lifted on Antarra",
            (
                "The seismological office lifted its tsunami warning for Antarra after waves of only 40 "
                "centimetres reached Bayo. The undersea quake in the Keel Strait had measured 7.4."
            ),
        ),
        (
            "Waves of 40 centimetres, and a fright",
            (
                "The sea came 40 centimetres higher in Bayo harbour and went again. The magnitude 7.4 "
                "earthquake in the Keel Strait left Antarra with sunken fishing boats and no casualties."
            ),
        ),
    ],
    "merger-banks": [
        (
            "Norbank to buy Cassel Trust for 4.2 billion",
            (
                "Norbank agreed to buy its rival Cassel Trust for 4.2 billion crowns in shares, creating "
                "the country's second largest lender. Chief executive Greta Lund said 900 jobs would go."
            ),
        ),
        (
            "Norbank and Cassel Trust announce merger",
            (
                "The lenders Norbank and Cassel Trust said they would merge. Shareholders of Cassel Trust "
                "get one Norbank share for every three. Unions criticised the loss of 900 jobs; Greta "
                "Lund will lead the bank."
            ),
        ),
        (
            "Regulator to examine bank merger",
            (
                "The competition authority will examine Norbank's takeover of Cassel Trust, worth 4.2 "
                "billion crowns, it said on hearing of the plan. Greta Lund expects approval by autumn."
            ),
        ),
        (
            "900 jobs go as Norbank takes over rival",
            (
                "Nine hundred people will lose their work when Norbank swallows Cassel Trust. The union "
                "of bank clerks called the 4.2 billion deal a bonfire; Norbank's Greta Lund spoke of "
                "savings."
            ),
        ),
    ],
    "merger-drinks": [
        (
            "Halvard Brewing takes over Ruby Soda",
            (
                "Halvard Brewing said it would take over the lemonade maker Ruby Soda for 650 million in "
                "cash. The family of founder Otto Rubin will keep a tenth. Two bottling plants in Marn "
                "are to close."
            ),
        ),
        (
            "Ruby Soda sold to brewer Halvard",
            (
                "The lemonade maker Ruby Soda is being sold to Halvard Brewing. The price is 650 million "
                "in cash, both companies said. Otto Rubin's grandson Felix stays on the board."
            ),
        ),
        (
            "Marn to lose both bottling plants",
            (
                "After the sale of Ruby Soda to Halvard Brewing the town of Marn will lose its two "
                "bottling plants and 240 jobs. Mayor Edda Klein said nobody had asked the town."
            ),
        ),
        (
            "Halvard shares fall after Ruby Soda deal",
            (
                "Shares of Halvard Brewing fell 6 percent after it announced the purchase of Ruby Soda. "
                "Analysts found 650 million in cash too much for a lemonade maker with plants in Marn to "
                "close."
            ),
        ),
    ],
    "trial-mayor": [
        (
            "Former Dunport mayor acquitted of taking bribes",
            (
                "A jury acquitted the former mayor of Dunport, Alan Pryce, of taking bribes for harbour "
                "contracts. Judge Miriam Stokes told him he was free to go after nine weeks of trial."
            ),
        ),
        (
            "Pryce walks free",
            (
                "Alan Pryce, once mayor of Dunport, walked out of court a free man. The jury did not "
                "believe that envelopes from a harbour contractor were bribes. Prosecutor Lou Bender said "
                "he respected the verdict."
            ),
        ),
        (
            "Jurors explain Dunport verdict",
            (
                "Jurors in the Dunport bribery trial said the harbour contractor who testified against "
                "Alan Pryce was not credible. Judge Miriam Stokes had warned them of his plea deal."
            ),
        ),
        (
            "Dunport after the verdict",
            (
                "In Dunport opinions on Alan Pryce are divided after his acquittal. The harbour contracts "
                "stand. Prosecutor Lou Bender will not appeal, his office said."
            ),
        ),
    ],
    "trial-coach": [
        (
            "Swimming coach acquitted in Teller case",
            (
                "The swimming coach Viktor Hahn was acquitted of negligence in the death of the 16-year- "
                "old athlete Mia Teller. The court in Osterfeld found that the pool's alarm had been "
                "switched off by others."
            ),
        ),
        (
            "Court clears coach over swimmer's death",
            (
                "A court in Osterfeld cleared Viktor Hahn, coach of the swimmer Mia Teller, who drowned "
                "in training. Her parents left the room in tears. The alarm of the pool had not worked."
            ),
        ),
        (
            "Teller's parents to appeal against coach's acquittal",
            (
                "The parents of Mia Teller will appeal against the acquittal of her coach Viktor Hahn. "
                "Their lawyer Rosa Ivens said the Osterfeld court had ignored the logs of the pool's "
                "alarm."
            ),
        ),
        (
            "Pool alarm was off when swimmer drowned",
            (
                "Logs show that the alarm of the Osterfeld pool was off when Mia Teller drowned. It saved "
                "her coach Viktor Hahn from a sentence for negligence; the operator may now be charged."
            ),
        ),
    ],
    "strike-rail": [
        (
            "Train drivers strike across Velland",
            (
                "Train drivers in Velland walked out for 48 hours over night shifts. The railway VLR "
                "cancelled two of three long-distance trains. Union leader Bo Hansen said the offer of 3 "
                "percent was an insult."
            ),
        ),
        (
            "Commuters stranded as Velland's trains stand still",
            (
                "Commuters in Velland took to bicycles as the train drivers' strike began. VLR ran one "
                "train in three. The drivers' union under Bo Hansen wants fewer night shifts."
            ),
        ),
        (
            "VLR offers talks to striking drivers",
            (
                "Velland's railway VLR offered the drivers' union new talks if it ended the 48-hour "
                "strike. Bo Hansen answered that 3 percent and the same night shifts were nothing to talk "
                "about."
            ),
        ),
        (
            "Freight piles up in Velland",
            (
                "Steel and grain pile up in the ports of Velland, where the train drivers' strike has "
                "stopped VLR's freight trains. Bo Hansen of the union sees no reason to break off after "
                "48 hours."
            ),
        ),
    ],
    "strike-airport": [
        (
            "Baggage handlers strike at Corriga airport",
            (
                "Baggage handlers at Corriga airport stopped work over pay, and airlines cancelled 180 "
                "flights. The operator Aerosud called the strike illegal. Union secretary Pia Conti wants "
                "200 more a month."
            ),
        ),
        (
            "180 flights cancelled at Corriga",
            (
                "Holidaymakers slept on the floor of Corriga airport after baggage handlers walked out "
                "and 180 flights were cancelled. Aerosud went to court against the strike."
            ),
        ),
        (
            "Court allows strike at Corriga airport",
            (
                "A labour court threw out the complaint of the airport operator Aerosud: the baggage "
                "handlers at Corriga may go on striking. Pia Conti of the union thanked passengers for "
                "their patience."
            ),
        ),
        (
            "Corriga's suitcases wait",
            (
                "Some 12,000 suitcases wait in the halls of Corriga airport for baggage handlers who do "
                "not come. Pia Conti asks 200 a month more from Aerosud for carrying them."
            ),
        ),
    ],
}

IN_BOTH_LANGUAGES: list[tuple[tuple[str, str], tuple[str, str]]] = [
    (
        (
            "Harlow lands in Moscow for talks with Veresov",
            (
                "US Secretary of State Margaret Harlow landed in Moscow for talks with Foreign Minister "
                "Pavel Veresov about the release of the engineer Todd Brannigan, held since March in "
                "Lefortovo prison. Ambassador Neil Crandall met her at Vnukovo airport."
            ),
        ),
        (
            "Харлоу прилетела в Москву на переговоры с Вересовым",
            (
                "Госсекретарь США Маргарет Харлоу прилетела в Москву. Она обсудит с главой МИД Павлом "
                "Вересовым освобождение инженера Тодда Браннигана, которого с марта держат в Лефортово. В "
                "аэропорту Внуково её встретил посол Нил Крэндалл."
            ),
        ),
    ),
    (
        (
            "Tanker Baltic Heron seized off Gotland",
            (
                "Swedish coast guards boarded the tanker Baltic Heron off Gotland on suspicion of "
                "carrying sanctioned Russian oil. Captain Arkady Lomtev was questioned in Visby. The ship "
                "had left Primorsk with 98,000 tonnes of crude for the trader Kestrel Marine."
            ),
        ),
        (
            "У Готланда задержан танкер Baltic Heron",
            (
                "Береговая охрана Швеции высадилась на танкер «Балтик Херон» у острова Готланд: по её "
                "данным, он вёз российскую нефть в обход санкций. Капитана Аркадия Ломтева допросили в "
                "Висбю. Судно вышло из Приморска с 98 000 тонн нефти, груз принадлежит Kestrel Marine."
            ),
        ),
    ),
]
