/** The parameters of a city's weather, roughly from climate tables. */
export interface Climate {
  readonly location: string;
  readonly utcOffsetH: number;
  readonly meanC: number;
  /** Half the difference between the warmest and the coldest month. */
  readonly yearSwingC: number;
  /** Half the difference between afternoon and night. */
  readonly daySwingC: number;
  /** Day of the year in the middle of summer. */
  readonly warmestDay: number;
  readonly humidityPct: number;
  /** Share of time with rain. */
  readonly rainShare: number;
  /** Change of `rainShare` over the year, 0 to 1. */
  readonly rainSwing: number;
  /** Day of the year in the middle of the wettest season. */
  readonly wettestDay: number;
  /** Rain between two observations when it is heavy, but not extreme. */
  readonly rainMm: number;
  readonly windKmh: number;
}

const climate = (
  location: string,
  [utcOffsetH, meanC, yearSwingC, daySwingC, warmestDay]: readonly [number, number, number, number, number],
  [humidityPct, rainShare, rainSwing, wettestDay, rainMm]: readonly [number, number, number, number, number],
  windKmh: number,
): Climate => ({
  location,
  utcOffsetH,
  meanC,
  yearSwingC,
  daySwingC,
  warmestDay,
  humidityPct,
  rainShare,
  rainSwing,
  wettestDay,
  rainMm,
  windKmh,
});

const north = 202;
const south = 20;

/** Monsoon, maritime, Mediterranean, continental, alpine, desert, tropical and subantarctic climates. */
export const climates: readonly [Climate, ...Climate[]] = [
  climate('서울', [9, 12.5, 14, 4.5, north], [62, 0.1, 0.8, 210, 16], 9),
  climate('부산', [9, 14.7, 11, 3.5, north], [64, 0.11, 0.7, 205, 16], 14),
  climate('제주', [9, 15.8, 10, 3, north], [70, 0.13, 0.4, 230, 14], 16),
  climate('대관령', [9, 6.6, 13.5, 5, north], [72, 0.14, 0.6, 215, 14], 15),
  climate('London', [0, 11.3, 6.5, 4, north], [74, 0.14, 0.2, 330, 4], 14),
  climate('Reykjavík', [0, 4.7, 6, 2, north], [78, 0.2, 0.2, 300, 4], 25),
  climate('Sevilla', [1, 19.2, 9, 7, north], [58, 0.06, 0.8, 340, 7], 11),
  climate('Athens', [2, 18.5, 10, 5, north], [60, 0.06, 0.8, 345, 8], 13),
  climate('Helsinki', [2, 6.5, 11.5, 3.5, north], [78, 0.13, 0.2, 230, 4], 14),
  climate('Chicago', [-6, 9.8, 14.5, 5, north], [70, 0.1, 0.3, 170, 9], 17),
  climate('Mumbai', [5, 27.4, 3, 4, 135], [74, 0.16, 1, 205, 22], 12),
  climate('Singapore', [8, 27.8, 0.8, 3.2, 140], [82, 0.16, 0.3, 345, 18], 9),
  climate('Nairobi', [3, 18.8, 1.8, 6, 60], [66, 0.09, 0.6, 110, 10], 13),
  climate('São Paulo', [-3, 20.1, 3.5, 5, south], [75, 0.13, 0.6, 15, 13], 10),
  climate('Alice Springs', [9, 21, 9, 8, south], [38, 0.03, 0.6, 30, 8], 12),
  climate('Wellington', [12, 12.9, 4.2, 3, south], [78, 0.13, 0.2, 180, 6], 26),
];
