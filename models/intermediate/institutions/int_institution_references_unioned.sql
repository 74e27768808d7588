with

reports as (

    select * from {{ ref('int_reports_versioned') }}

),

survey as (

    {{ delivered_rows(ref('stg_coordinator_survey__answers'), 'coordinator_survey__answer') }}

),

staff as (

    {{ delivered_rows(ref('stg_dbh__staff_fte'), 'dbh__staff_fte') }}

),

open_data as (

    select * from {{ ref('int_open_mobilities_versioned') }}
    where row_status = 'current'

),

profiles as (

    {{ delivered_rows(ref('stg_institution_profiles__indicator_values'), 'institution_profiles__indicator_value') }}

),

-- Only rows that can become a stay: who sends incoming staff is not this warehouse's business.
senders as (

    select
        {{ institution_reference_key(erasmus_code='sending_erasmus_code', oid='sending_oid', pic='sending_pic', name='sending_name') }} as reference_key,
        start_date as reference_date,
        source_system,
        sending_erasmus_code as erasmus_code,
        sending_oid as oid,
        sending_pic as pic,
        cast(null as {{ dbt.type_string() }}) as dbh_code,
        sending_name as name
    from reports
    where row_status in ('current', 'superseded', 'duplicate', 'withdrawn', 'moved')

),

respondents as (

    select
        {{ institution_reference_key(name='institution_name') }} as reference_key,
        submitted_date as reference_date,
        'coordinator_survey' as source_system,
        cast(null as {{ dbt.type_string() }}) as erasmus_code,
        cast(null as {{ dbt.type_string() }}) as oid,
        cast(null as {{ dbt.type_string() }}) as pic,
        cast(null as {{ dbt.type_string() }}) as dbh_code,
        institution_name as name
    from survey
    where not is_rejected

),

employers as (

    select
        {{ institution_reference_key(dbh_code='dbh_code') }} as reference_key,
        {{ yearly_figures_date('year') }} as reference_date,
        'dbh' as source_system,
        cast(null as {{ dbt.type_string() }}) as erasmus_code,
        cast(null as {{ dbt.type_string() }}) as oid,
        cast(null as {{ dbt.type_string() }}) as pic,
        dbh_code,
        cast(null as {{ dbt.type_string() }}) as name
    from staff
    where not is_rejected

),

profiled as (

    select
        {{ institution_reference_key(dbh_code='dbh_code', name='institution_name') }} as reference_key,
        {{ yearly_figures_date('year') }} as reference_date,
        'institution_profiles' as source_system,
        cast(null as {{ dbt.type_string() }}) as erasmus_code,
        cast(null as {{ dbt.type_string() }}) as oid,
        cast(null as {{ dbt.type_string() }}) as pic,
        dbh_code,
        institution_name as name
    from profiles
    where not is_rejected

),

-- The public files know the month only; its first day stands for it.
public_senders as (

    select
        {{ institution_reference_key(erasmus_code='sending_erasmus_code', name='sending_name') }} as reference_key,
        start_month as reference_date,
        'eu_open_data' as source_system,
        sending_erasmus_code as erasmus_code,
        cast(null as {{ dbt.type_string() }}) as oid,
        cast(null as {{ dbt.type_string() }}) as pic,
        cast(null as {{ dbt.type_string() }}) as dbh_code,
        sending_name as name
    from open_data

),

unioned as (

    select * from senders
    union all
    select * from respondents
    union all
    select * from employers
    union all
    select * from profiled
    union all
    select * from public_senders

),

final as (

    select
        source_system,
        reference_key,
        reference_date,
        erasmus_code,
        oid,
        pic,
        dbh_code,
        name,
        count(*) as n_rows

    from unioned
    group by source_system, reference_key, reference_date, erasmus_code, oid, pic, dbh_code, name

)

select * from final
