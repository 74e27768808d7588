{% macro persons_per_email(relation) -%}
    select
        email_pseudonym,
        count(distinct name_birth_date_pseudonym) as n_persons
    from {{ relation }}
    where email_pseudonym is not null
    group by email_pseudonym
{%- endmacro %}
