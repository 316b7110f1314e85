// What each kind of question holds on the page: radios for yes and no, a choice and a scale; a field for the others.

export const fieldOf = (li) => li.querySelector("[data-value]");
const radio = (li, value) => li.querySelector(`input[type=radio][value="${CSS.escape(value)}"]`);

export const valueOf = (li) => fieldOf(li)?.value ?? li.querySelector("input[type=radio]:checked")?.value ?? "";

/** Show this answer. */
export const put = (li, value) => {
  const field = fieldOf(li);
  if (!field) { const choice = radio(li, value); if (choice) choice.checked = true; }
  else if (field.value.trim() !== value.trim()) field.value = value;
};

/** Whether a key may give this answer here: n/a of a number is written into its field. */
export const pick = (li, value) => Boolean(radio(li, value));

/** The answer as people read it. */
export const saidOf = (li, value) => {
  const field = fieldOf(li);
  if (!field) return radio(li, value)?.dataset.said ?? "n/a";
  return li.dataset.kind === "text" ? "Written" : value === "na" ? "n/a" : `${value} ${field.dataset.unit}`.trim();
};
