"""How forms are drawn: through our templates, field by field with label, help, control and error."""

from django.forms.renderers import TemplatesSetting


class FormTemplates(TemplatesSetting):
    """FORM_RENDERER of the site. The admin draws its own forms."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
