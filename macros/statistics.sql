{#- What the marts of statistics have in common: the specification of a result, names in words, the run. -#}

{% macro result_record(results) -%}
    {#- Columns that every table of results has. `subsets` is stat_variable, joined on the subset. -#}
    {{ results }}.analysis_id,
    {{ results }}.place as report_place,
    {{ results }}.family,
    {{ results }}.level,
    {{ results }}.subset,
    subsets.label_nb as subset_label_nb,
    subsets.label_en as subset_label_en,
    {{ results }}.formula,
    {{ results }}.covariance,
    {{ results }}.correction,
    {{ results }}.n_observations,
    {{ results }}.n_clusters,
    {{ results }}.status as result_status,
    {{ results }}.reason as result_reason
{%- endmacro %}

{% macro named_in_words(results, column, names) -%}
    {#- A variable with its labels; `names` is stat_variable, joined on it. What has no label is called by its name. -#}
    {{ results }}.{{ column }},
    coalesce({{ names }}.label_nb, {{ results }}.{{ column }}) as {{ column }}_label_nb,
    coalesce({{ names }}.label_en, {{ results }}.{{ column }}) as {{ column }}_label_en
{%- endmacro %}

{% macro run_record() -%}
    {#- What a result was computed with. Imports: runs (stat_run). -#}
    runs.plan_version,
    runs.code_version,
    runs.extract_ids
{%- endmacro %}

{% macro is_significant(p_value) -%}
    {{ p_value }} < {{ var('significance_level') }}
{%- endmacro %}

{% macro place_in_words(results) -%}
    {#- The analysis plan writes places in English; `place_words` is the seed place_word, joined on the first word. -#}
    coalesce(place_words.label_nb || substring({{ results }}.report_place, length(place_words.place_word) + 1), {{ results }}.report_place)
        as report_place_label_nb,
    {{ results }}.report_place as report_place_label_en
{%- endmacro %}
