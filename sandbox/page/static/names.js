/** Who and what an id stands for. Filled by the workspace, asked wherever a mention is drawn. */

let people = new Map();
let channels = new Map();

/** Takes over the names of a freshly read workspace state. */
export function learn(state) {
  people = new Map(state.people.map((person) => [person.id, person]));
  const bot = state.app?.bot_user_id;
  if (bot && !people.has(bot))
    people.set(bot, { id: bot, name: state.app.name, real_name: state.app.name, is_bot: true });
  channels = new Map(state.channels.map((channel) => [channel.id, channel]));
}

/** The name to show for a person, or null when nobody has that id. */
export function personName(id) {
  const person = people.get(id);
  return person ? person.real_name || person.name : null;
}

export const channelName = (id) => channels.get(id)?.name ?? null;
export const everybody = () => [...people.values()];
