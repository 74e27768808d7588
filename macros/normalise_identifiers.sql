{% macro normalise_erasmus_code(column) -%}
    {#- Canonical form: country letters padded to three characters, then town and number.
        Files bring one blank, two, or a no-break space (U+00A0). A code without any blank keeps its letters:
        resolution compares codes with their blanks taken out. -#}
    {%- set code = "upper(trim(replace(" ~ column ~ ", chr(160), ' ')))" -%}
    case
        when strpos({{ code }}, ' ') > 0
            then rpad(split_part({{ code }}, ' ', 1), 3, ' ') || replace(substr({{ code }}, strpos({{ code }}, ' ')), ' ', '')
        else {{ code }}
    end
{%- endmacro %}

{% macro normalise_name(column) -%}
    {#- Comparison form of an institution's name: lower case, Nordic and accented letters folded, only letters and digits left. -#}
    regexp_replace(
        translate(lower({{ column }}), '{{ var("folded_letters") }}', '{{ var("plain_letters") }}'), '[^a-z0-9]+', '', 'g'
    )
{%- endmacro %}

{% macro comparable_identifier(identifier_type, identifier) -%}
    {#- The form in which identifiers of a kind are compared. -#}
    case {{ identifier_type }}
        when 'name' then {{ normalise_name(identifier) }}
        when 'erasmus_code' then replace({{ identifier }}, ' ', '')
        else {{ identifier }}
    end
{%- endmacro %}

{% macro institution_reference_key(erasmus_code='null', oid='null', pic='null', dbh_code='null', name='null') -%}
    {#- One text for the identifiers under which a source names an institution: the join key between a source's rows and
        int_institution_references_resolved. Column names or SQL expressions; what a source does not have stays 'null'. -#}
    concat_ws(
        '|'
        {%- for part in [erasmus_code, oid, pic, dbh_code, name] -%}
        , coalesce(cast({{ part }} as {{ dbt.type_string() }}), '')
        {%- endfor -%}
    )
{%- endmacro %}
