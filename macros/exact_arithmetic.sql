{#- Parallel sums of doubles depend on the order of the rows, so two builds would differ in the last digits.
    Sums run over decimals, which are exact, and the division comes last. -#}

{% macro exact_mean(expression) -%}
    cast(sum(cast({{ expression }} as decimal(38, 18))) as double) / nullif(count({{ expression }}), 0)
{%- endmacro %}

{% macro exact_sum(expression, decimals=9) -%}
    cast(sum(cast({{ expression }} as decimal(38, {{ decimals }}))) as double)
{%- endmacro %}

{% macro share(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif({{ denominator }}, 0)
{%- endmacro %}

{% macro exact_weighted_sum(expression, weight) -%}
    {#- The product has 24 decimals, so 14 digits are left for the sum. -#}
    cast(sum(cast({{ expression }} as decimal(27, 18)) * cast({{ weight }} as decimal(9, 6))) as double)
{%- endmacro %}

{% macro exact_weighted_mean(expression, weight) -%}
    {#- Mean over the rows with a value. -#}
    {{ exact_weighted_sum(expression, weight) }}
    / nullif(cast(sum(case when {{ expression }} is not null then {{ weight }} end) as double), 0)
{%- endmacro %}
