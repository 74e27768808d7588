{%- for identifier in ['participant_id_pseudonym', 'personal_email_pseudonym', 'name_birth_date_pseudonym'] %}
select
    '{{ identifier }}' as identifier,
    count(distinct person_key) as n_persons,
    min(person_key) as one_person,
    max(person_key) as other_person
from {{ ref('int_persons_linked') }}
where {{ identifier }} is not null
group by {{ identifier }}
having count(distinct person_key) > 1
{{ "union all" if not loop.last }}
{%- endfor %}
