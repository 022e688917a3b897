/** The emoji short codes that messages here may use; an unknown code stays as it was typed. */

const TABLE = `
  +1 👍  thumbsup 👍  -1 👎  thumbsdown 👎  wave 👋  clap 👏  pray 🙏  raised_hands 🙌  ok_hand 👌
  muscle 💪  eyes 👀  point_right 👉  point_left 👈  point_down 👇  point_up ☝️  smile 😄  smiley 😃
  slightly_smiling_face 🙂  grinning 😀  joy 😂  wink 😉  blush 😊  thinking_face 🤔  cry 😢  sob 😭
  tada 🎉  sparkles ✨  rocket 🚀  fire 🔥  star ⭐  heart ❤️  broken_heart 💔  100 💯  zap ⚡  boom 💥
  bulb 💡  bell 🔔  no_bell 🔕  white_check_mark ✅  heavy_check_mark ✔️  ballot_box_with_check ☑️
  x ❌  negative_squared_cross_mark ❎  warning ⚠️  no_entry ⛔  no_entry_sign 🚫  octagonal_sign 🛑
  rotating_light 🚨  construction 🚧  question ❓  grey_question ❔  exclamation ❗
  grey_exclamation ❕  information_source ℹ️  sos 🆘  hourglass ⌛  hourglass_flowing_sand ⏳
  stopwatch ⏱️  alarm_clock ⏰  clock1 🕐  watch ⌚  arrow_right ➡️  arrow_left ⬅️  arrow_up ⬆️
  arrow_down ⬇️  arrows_counterclockwise 🔄  repeat 🔁  fast_forward ⏩  double_vertical_bar ⏸️
  pause_button ⏸️  black_square_for_stop ⏹️  stop_button ⏹️  arrow_forward ▶️  recycle ♻️
  link 🔗  paperclip 📎  file_folder 📁  open_file_folder 📂  page_facing_up 📄  page_with_curl 📃
  clipboard 📋  memo 📝  pencil2 ✏️  bar_chart 📊  chart_with_upwards_trend 📈
  chart_with_downwards_trend 📉  inbox_tray 📥  outbox_tray 📤  package 📦  email 📧  mailbox 📫
  mag 🔍  mag_right 🔎  lock 🔒  unlock 🔓  key 🔑  gear ⚙️  wrench 🔧  hammer 🔨  hammer_and_wrench 🛠️
  electric_plug 🔌  battery 🔋  computer 💻  floppy_disk 💾  robot_face 🤖  spider 🕷️  spider_web 🕸️
  globe_with_meridians 🌐  earth_africa 🌍  coin 🪙  moneybag 💰  credit_card 💳  ticket 🎫  label 🏷️
  pushpin 📌  round_pushpin 📍  calendar 📆  red_circle 🔴  large_blue_circle 🔵
  large_green_circle 🟢  large_yellow_circle 🟡  large_orange_circle 🟠  white_circle ⚪
  black_circle ⚫  white_large_square ⬜  black_large_square ⬛  small_blue_diamond 🔹
  large_blue_square 🟦  large_green_square 🟩  trophy 🏆  seedling 🌱  turtle 🐢  snail 🐌  ghost 👻
  bust_in_silhouette 👤  busts_in_silhouette 👥
`;

const EMOJI = new Map(
  TABLE.trim()
    .split(/\s{2,}/)
    .map((entry) => entry.split(" ")),
);

/** The character for a short code (without its colons), or null. */
export function emoji(code) {
  return EMOJI.get(code) ?? null;
}
