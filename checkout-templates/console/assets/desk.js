// A picker beside each field of a colour; without script the field alone takes what is typed.
for (const picker of document.querySelectorAll("input[data-colour-of]")) {
  const field = document.getElementById(picker.dataset.colourOf);
  const follow = () => { if (/^#[0-9a-f]{6}$/i.test(field.value)) picker.value = field.value; };
  picker.hidden = false;
  picker.addEventListener("input", () => { field.value = picker.value; });
  field.addEventListener("input", follow);
  follow();
}
