import type { Problem } from "./findings";
import { show } from "./keys";
import { nearest } from "./suggest";

/**
 * Names of the tz database, by what they begin with, that `Intl.supportedValuesOf` does not list, because it lists one name of each zone;
 * of several, not always the one that the tz database prefers. Upper and lower case count: the API server looks for files.
 *
 * @see https://data.iana.org/time-zones/tzdb/backward
 */
const MORE_NAMES: Readonly<Record<string, string>> = {
  "Africa/": "Asmara Asmera Timbuktu",
  "America/Argentina/": "Buenos_Aires Catamarca ComodRivadavia Cordoba Jujuy Mendoza",
  "America/":
    "Atikokan Atka Buenos_Aires Catamarca Coral_Harbour Cordoba Ensenada Fort_Wayne Godthab Indianapolis Jujuy Knox_IN Louisville Mendoza Montreal Nipigon Nuuk Pangnirtung Porto_Acre Rainy_River Rosario Santa_Isabel Shiprock Thunder_Bay Virgin Yellowknife",
  "America/Indiana/": "Indianapolis",
  "America/Kentucky/": "Louisville",
  "Antarctica/": "South_Pole",
  "Asia/":
    "Ashkhabad Calcutta Choibalsan Chongqing Chungking Dacca Harbin Ho_Chi_Minh Istanbul Kashgar Kathmandu Katmandu Kolkata Macao Rangoon Saigon Tel_Aviv Thimbu Ujung_Pandang Ulan_Bator Yangon",
  "Atlantic/": "Faeroe Faroe Jan_Mayen",
  "Australia/": "ACT Canberra Currie LHI NSW North Queensland South Tasmania Victoria West Yancowinna",
  "Brazil/": "Acre DeNoronha East West",
  "": "CET CST6CDT Cuba EET EST EST5EDT Egypt Eire Factory GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT UTC Universal W-SU WET Zulu",
  "Canada/": "Atlantic Central Eastern Mountain Newfoundland Pacific Saskatchewan Yukon",
  "Chile/": "Continental EasterIsland",
  "Etc/":
    "GMT GMT+0 GMT+1 GMT+10 GMT+11 GMT+12 GMT+2 GMT+3 GMT+4 GMT+5 GMT+6 GMT+7 GMT+8 GMT+9 GMT-0 GMT-1 GMT-10 GMT-11 GMT-12 GMT-13 GMT-14 GMT-2 GMT-3 GMT-4 GMT-5 GMT-6 GMT-7 GMT-8 GMT-9 GMT0 Greenwich UCT UTC Universal Zulu",
  "Europe/": "Belfast Kiev Kyiv Nicosia Tiraspol Uzhgorod Zaporozhye",
  "Mexico/": "BajaNorte BajaSur General",
  "Pacific/": "Chuuk Enderbury Johnston Kanton Pohnpei Ponape Samoa Truk Yap",
  "US/": "Alaska Aleutian Arizona Central East-Indiana Eastern Hawaii Indiana-Starke Michigan Mountain Pacific Samoa",
};

let known: ReadonlySet<string> | undefined;

/** All names of time zones that there are. */
export function timeZones(): ReadonlySet<string> {
  known ??= new Set([
    ...Intl.supportedValuesOf("timeZone"),
    ...Object.entries(MORE_NAMES).flatMap(([area, places]) => places.split(" ").map((place) => area + place)),
  ]);
  return known;
}

/**
 * Problems of the name of a time zone, which the API server looks up in Go's copy of the tz database.
 *
 * @param where - its place in the props, as in `timeZone`
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones
 */
export function checkTimeZone(where: string, text: string): Problem[] {
  if (typeof text === "string" && timeZones().has(text)) return [];
  return [
    {
      rule: "schedule/time-zone",
      message: `${where} ${show(text)} is no time zone`,
      fix: meantBy(typeof text === "string" ? text : ""),
    },
  ];
}

function meantBy(text: string): string {
  const names = [...timeZones()];
  const place = text.trim().replaceAll(" ", "_").toLowerCase();
  const meant =
    names.find((name) => name.toLowerCase() === place) ??
    names.find((name) => name.toLowerCase().endsWith(`/${place}`)) ??
    (text.length > 4 ? nearest(text, names) : undefined); // of three letters, another one is another zone
  return meant === undefined ? 'name a zone of the tz database, as in "Europe/Berlin"' : `did you mean "${meant}"?`;
}
