{#- Reports are linked to persons by their pseudonyms: participant id of the system, e-mail, name with birth date.
    Each step gives every report the smallest key among the reports that share the identifier. The steps run in rounds
    (var person_link_rounds), so that chains of reports close; assert_persons_are_fully_linked tells if one did not. -#}

{%- set identifiers = ['participant_id_pseudonym', 'personal_email_pseudonym', 'name_birth_date_pseudonym'] %}
{%- set steps = identifiers * var('person_link_rounds') %}

with

reports as (

    select * from {{ ref('int_reports_derived') }}

),

persons_per_email as (

    {{ persons_per_email('reports') }}

),

step_0 as (

    select
        reports.report_key,
        reports.participant_id_pseudonym,
        case
            when persons_per_email.n_persons <= {{ var('email_max_persons') }} then reports.email_pseudonym
        end as personal_email_pseudonym,
        reports.name_birth_date_pseudonym,
        coalesce(persons_per_email.n_persons > {{ var('email_max_persons') }}, false) as has_shared_email,
        reports.report_key as person_key
    from reports
    left join persons_per_email on reports.email_pseudonym = persons_per_email.email_pseudonym

),

{%- for identifier in steps %}

step_{{ loop.index }} as (

    select
        report_key,
        participant_id_pseudonym,
        personal_email_pseudonym,
        name_birth_date_pseudonym,
        has_shared_email,
        case
            when {{ identifier }} is null then person_key
            else min(person_key) over (partition by {{ identifier }})
        end as person_key
    from step_{{ loop.index0 }}

),
{%- endfor %}

linked as (

    select
        *,
        count(*) over (partition by person_key) as n_reports,
        count(*) over (partition by participant_id_pseudonym) as n_same_participant_id,
        count(*) over (partition by personal_email_pseudonym) as n_same_email
    from step_{{ steps | length }}

),

final as (

    select
        report_key,
        person_key,
        participant_id_pseudonym,
        personal_email_pseudonym,
        name_birth_date_pseudonym,
        has_shared_email,
        case
            when n_reports = 1 then 'single_report'
            when participant_id_pseudonym is not null and n_same_participant_id = n_reports then 'participant_id'
            when personal_email_pseudonym is not null and n_same_email = n_reports then 'email'
            else 'several_identifiers'
        end as linked_by

    from linked

)

select * from final
