{#- The structure of the sector: the one place where an entity becomes the institution of the day. -#}

{% macro mapped_to_structure(lineage, reporting_institution_key, reported_date) -%}
    {#- Join condition from what an entity reported to bridge_institution_lineage on the chosen structure. The join can give
        several institutions, so additive measures must be multiplied by the bridge's institution_weight. -#}
    {{ lineage }}.is_chosen_structure
    and {{ lineage_of(lineage, reporting_institution_key, reported_date) }}
{%- endmacro %}

{% macro lineage_of(lineage, reporting_institution_key, reported_date) -%}
    {#- The same for every structure that the bridge holds. -#}
    {{ lineage }}.reporting_institution_key = {{ reporting_institution_key }}
    {#- Without a day it is taken as reported last. #}
    and ({{ lineage }}.reported_from is null or coalesce({{ reported_date }} >= {{ lineage }}.reported_from, true))
    and ({{ lineage }}.reported_to is null or coalesce({{ reported_date }} <= {{ lineage }}.reported_to, false))
{%- endmacro %}

{% macro is_next_step(walk, steps) -%}
    {#- Join condition of the walk through the events: the next step of the entity where it stands, in time for the structure. An
        ending counts for late reports too; a transfer only for what was there before. -#}
    {{ steps }}.from_institution_key = {{ walk }}.institution_key
    and {{ steps }}.step_date <= {{ walk }}.structure_date
    and ({{ steps }}.is_ending or {{ walk }}.walked_to is null or {{ walk }}.walked_to < {{ steps }}.step_date)
    and ({{ steps }}.previous_step_date is null or {{ walk }}.walked_to >= {{ steps }}.previous_step_date)
{%- endmacro %}

{% macro yearly_figures_date(year) -%}
    {#- The day for which a yearly figure stands (var yearly_figures_day): staff are counted once a year. -#}
    cast(cast({{ year }} as {{ dbt.type_string() }}) || '-{{ var("yearly_figures_day") }}' as date)
{%- endmacro %}
