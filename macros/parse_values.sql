{% macro parse_date(column) -%}
    {#- Text in one of the layouts' date formats to a date. The separator and the length of the first part tell the formats apart. -#}
    {{ return(adapter.dispatch('parse_date', 'staff_mobility')(column)) }}
{%- endmacro %}

{% macro default__parse_date(column) -%}
    case
        when {{ column }} like '____-__-__' then to_date({{ column }}, 'YYYY-MM-DD')
        when {{ column }} like '__-__-____' then to_date({{ column }}, 'DD-MM-YYYY')
        when {{ column }} like '__/__/____' then to_date({{ column }}, 'DD/MM/YYYY')
        when {{ column }} like '__.__.____' then to_date({{ column }}, 'DD.MM.YYYY')
    end
{%- endmacro %}

{% macro duckdb__parse_date(column) -%}
    cast(
        case
            when {{ column }} like '____-__-__' then strptime({{ column }}, '%Y-%m-%d')
            when {{ column }} like '__-__-____' then strptime({{ column }}, '%d-%m-%Y')
            when {{ column }} like '__/__/____' then strptime({{ column }}, '%d/%m/%Y')
            when {{ column }} like '__.__.____' then strptime({{ column }}, '%d.%m.%Y')
        end as date
    )
{%- endmacro %}

{% macro parse_decimal_comma(column, precision=18, scale=4) -%}
    cast(replace(replace({{ column }}, ' ', ''), ',', '.') as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}

{% macro parse_yes_no(column) -%}
    case {{ column }} when 'YES' then true when 'NO' then false end
{%- endmacro %}

{% macro year_of(column) -%}
    cast(extract(year from {{ column }}) as integer)
{%- endmacro %}

{% macro call_year_of(column) -%}
    {#- The year of the grant call stands first in a project code; null where it does not. -#}
    case
        when translate(substr({{ column }}, 1, 4), '0123456789', '##########') = '####'
            then cast(substr({{ column }}, 1, 4) as integer)
    end
{%- endmacro %}

{% macro is_provisional_year(year, newest_extract_date) -%}
    {#- Reports arrive months after the stay: a year is final once it is old enough at the newest extract of reports. -#}
    coalesce(
        {{ newest_extract_date }} < {{ dbt.dateadd('month', var('provisional_months'), 'make_date(' ~ year ~ ' + 1, 1, 1)') }},
        true
    )
{%- endmacro %}
