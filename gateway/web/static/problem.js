// The list of what is wrong names the field that each line leads to: "Fill this in." may stand there twice.
const nameFields = () => {
  for (const link of document.querySelectorAll(".problem li a[href^='#']:not([data-named])")) {
    const label = document.querySelector(`label[for="${CSS.escape(link.hash.slice(1))}"]`);
    link.dataset.named = "";
    if (label) link.prepend(`${label.textContent.trim()} – `);
  }
};
nameFields();
document.addEventListener("htmx:after:swap", nameFields);
