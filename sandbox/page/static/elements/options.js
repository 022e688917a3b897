/**
 * Where a menu's options come from: the block itself, the app, or the workspace.
 *
 * `find(query)` answers `{groups: [{label, options}], status}`: `status` is a sentence for when
 * there is nothing to choose from.
 */
import { everybody } from "../names.js";
import { sentence } from "../notice.js";
import { words } from "../text/mrkdwn.js";
import { workspace } from "../workspace.js";

const NOTHING = "No results";
const DEFAULT_MIN_QUERY_LENGTH = 3;
const KIND_IN_FILTER = { public: "public", private: "private", im: "im", mpim: "mpim" };

const plainOption = (text, value, description) => ({
  text: { type: "plain_text", text },
  value,
  ...(description ? { description: { type: "plain_text", text: description } } : {}),
});

const matching = (options, query) => {
  const wanted = query.trim().toLocaleLowerCase();
  return wanted
    ? options.filter((option) => words(option.text).toLocaleLowerCase().includes(wanted))
    : options;
};

function offered(groups) {
  const filled = groups.filter((group) => group.options.length);
  return { groups: filled, status: filled.length ? null : NOTHING };
}

function fixed(definition, query) {
  const groups = definition.option_groups
    ? definition.option_groups.map(({ label, options }) => ({
        label: words(label),
        options: matching(options, query),
      }))
    : [{ label: null, options: matching(definition.options ?? [], query) }];
  return offered(groups);
}

async function external(definition, query, ask) {
  const least = definition.min_query_length ?? DEFAULT_MIN_QUERY_LENGTH;
  if (query.trim().length < least) {
    return { groups: [], status: `Type at least ${least} character${least === 1 ? "" : "s"}` };
  }
  const answer = await ask(query);
  if (!answer.ok)
    return { groups: [], status: `Could not load the options. ${sentence(answer)}`, failed: true };
  const groups = answer.option_groups?.length
    ? answer.option_groups.map(({ label, options }) => ({ label: words(label), options }))
    : [{ label: null, options: answer.options ?? [] }];
  return offered(groups);
}

const KIND_WORDS = { public: "", private: "private", im: "direct message", mpim: "group" };

/** The option that stands for a conversation. */
function conversationOption(channel) {
  const mark = channel.kind === "im" || channel.kind === "mpim" ? "" : "#";
  const notes = [
    KIND_WORDS[channel.kind],
    channel.is_archived && "archived",
    channel.is_shared && "shared with another company",
  ];
  return plainOption(`${mark}${channel.name}`, channel.id, notes.filter(Boolean).join(", "));
}

function conversations(definition, query) {
  const {
    include,
    exclude_external_shared_channels: noShared,
    exclude_bot_users: noBots,
  } = definition.filter ?? {};
  const bot = workspace.state?.app?.bot_user_id;
  const channels = (workspace.state?.channels ?? []).filter(
    (channel) =>
      (!include || include.includes(KIND_IN_FILTER[channel.kind])) &&
      !(noShared && channel.is_shared) &&
      !(noBots && channel.kind === "im" && channel.members?.includes(bot)) &&
      (channel.is_member || channel.kind === "public") &&
      !channel.is_archived,
  );
  return offered([{ label: null, options: matching(channels.map(conversationOption), query) }]);
}

const channelsOnly = (definition, query) =>
  conversations({ filter: { include: ["public"] } }, query);

function people(_definition, query) {
  const options = everybody().map((person) =>
    plainOption(person.real_name || person.name, person.id),
  );
  return offered([{ label: null, options: matching(options, query) }]);
}

const SOURCES = {
  static_select: fixed,
  multi_static_select: fixed,
  external_select: external,
  multi_external_select: external,
  conversations_select: conversations,
  multi_conversations_select: conversations,
  channels_select: channelsOnly,
  multi_channels_select: channelsOnly,
  users_select: people,
  multi_users_select: people,
};

/** Asks the source that fits the element's type. */
export const find = (definition, query, ask) =>
  Promise.resolve(SOURCES[definition.type](definition, query, ask));

/** Whether each query costs a request. */
export const isRemote = (definition) => definition.type.endsWith("external_select");

/** In which key of the element's VALUE the choice stands, and under which its first choice. */
const KEYS = {
  static: "option",
  external: "option",
  conversations: "conversation",
  channels: "channel",
  users: "user",
};

function keys(definition) {
  const many = definition.type.startsWith("multi_");
  const noun = KEYS[definition.type.replace("multi_", "").replace("_select", "")];
  return {
    many,
    noun,
    chosen: many ? `selected_${noun}s` : `selected_${noun}`,
    initial: many ? `initial_${noun}s` : `initial_${noun}`,
  };
}

function named(id) {
  const channel = workspace.state?.channels.find((c) => c.id === id);
  if (channel) return conversationOption(channel);
  const person = everybody().find((p) => p.id === id);
  return plainOption(person ? person.real_name || person.name : id, id);
}

/** The chosen options, from a VALUE or, where there is none yet, from the definition. */
export function chosen(definition, value) {
  const { many, noun, chosen: key, initial } = keys(definition);
  const raw = value && key in value ? value[key] : definition[initial];
  const list = many ? (raw ?? []) : raw == null ? [] : [raw];
  return noun === "option" ? list : list.map(named);
}

/** The VALUE (without its type) that stands for chosen options. */
export function toValue(definition, options) {
  const { many, noun, chosen: key } = keys(definition);
  const list = noun === "option" ? options : options.map((option) => option.value);
  return { [key]: many ? list : (list[0] ?? null) };
}
